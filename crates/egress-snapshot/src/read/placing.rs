//! Finds out whose each entry is. The rules stand in the crate's documentation, under "Whose it is".

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::{Path, PathBuf},
};

use egress_core::world::Place;

use super::{
    clue::{Clue, clue},
    gather::{Answer, Item},
    kind::{Kind, Strength},
};
use crate::{
    Note,
    text::{account_in, region_in},
};

/// Where everything belongs.
#[derive(Debug, Default)]
pub(super) struct Placed {
    /// The places of each item; none where it could be any of several.
    pub(super) items: Vec<BTreeSet<Place>>,
    /// The places of each answer.
    pub(super) answers: Vec<Home>,
    /// Every place.
    pub(super) all: BTreeSet<Place>,
}

/// The places that an answer tells of.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Home {
    pub(super) places: BTreeSet<Place>,
    /// Whether it, or something in it, could be of several.
    pub(super) is_in_doubt: bool,
}

/// One half of a place.
#[derive(Clone, Debug, PartialEq)]
enum Half {
    /// It is this one, or empty where nothing tells.
    Is(String),
    /// It could be any of several.
    AnyOf(BTreeSet<String>),
}

pub(super) fn place(paths: &[PathBuf], answers: &[Answer], items: &[Item], notes: &mut Vec<Note>) -> Placed {
    let clues: Vec<Clue> = items.iter().map(|item| clue(item.kind, &item.id, &item.value)).collect();
    let regions = regions(items, &clues);
    let accounts = accounts(paths, items, &clues, &regions);
    let surroundings = surroundings(paths, items, &accounts, &regions);
    let [of_answers_accounts, of_answers_regions] =
        [&accounts, &regions].map(|told| told_by_answer(answers, items, told));
    let half =
        |own: &Option<String>, of_answer: Option<&BTreeSet<String>>, around: Option<&Half>| match (own, of_answer) {
            (Some(own), _) => Half::Is(own.clone()),
            (None, Some(told)) if told.len() == 1 => Half::Is(told.first().cloned().unwrap_or_default()),
            _ => around.cloned().unwrap_or(Half::Is(String::new())),
        };
    let halves: Vec<(Half, Half)> = (items.iter().zip(accounts.iter().zip(&regions)))
        .map(|(item, (account, region))| {
            let around = surroundings.get(item.file);
            (
                half(account, of_answers_accounts.get(item.answer), around.map(|a| &a.account)),
                half(region, of_answers_regions.get(item.answer), around.map(|a| &a.region)),
            )
        })
        .collect();
    let mut placed = Placed { items: vec![BTreeSet::new(); items.len()], ..Placed::default() };
    let mut doubts = vec![None; answers.len()];
    for ((item, (account, region)), places) in items.iter().zip(&halves).zip(&mut placed.items) {
        if item.kind == Kind::Peering || item.kind.is_global() {
            continue;
        }
        match whole(account, region) {
            Ok(place) => drop(places.insert(place)),
            Err(several) => set(&mut doubts, item.answer, several),
        }
    }
    placed.answers = answers.iter().map(|_| Home::default()).collect();
    for (item, places) in items.iter().zip(&placed.items) {
        if let Some(home) = placed.answers.get_mut(item.answer) {
            home.places.extend(places.iter().cloned());
        }
    }
    for (i, answer) in answers.iter().enumerate() {
        let Some((home, around)) = placed.answers.get_mut(i).zip(surroundings.get(answer.file)) else { continue };
        if home.places.is_empty() && !answer.kind.is_global() && doubts.get(i).is_none_or(Option::is_none) {
            match whole(&around.account, &around.region) {
                Ok(place) => drop(home.places.insert(place)),
                Err(several) => set(&mut doubts, i, several),
            }
        }
    }
    placed.all = placed.answers.iter().flat_map(|home| home.places.iter().cloned()).collect();
    everywhere(answers, items, &halves, &surroundings, &mut placed);
    at_both_ends(items, &clues, &halves, &mut placed);
    for (i, several) in doubts.into_iter().enumerate().filter_map(|(i, doubt)| Some((i, doubt?))) {
        if let Some((home, answer)) = placed.answers.get_mut(i).zip(answers.get(i)) {
            home.is_in_doubt = true;
            let why = format!("could be of any of {several}: give each a folder of its own");
            notes.push(Note::new(paths.get(answer.file).cloned().unwrap_or_default(), "", why));
        }
    }
    placed
}

fn set(doubts: &mut [Option<String>], answer: usize, several: String) {
    if let Some(doubt) = doubts.get_mut(answer) {
        *doubt = Some(several);
    }
}

/// A place of two halves, or what it could be.
fn whole(account: &Half, region: &Half) -> Result<Place, String> {
    match (account, region) {
        (Half::Is(account), Half::Is(region)) => Ok(Place { account: account.clone(), region: region.clone() }),
        (Half::AnyOf(several), _) | (_, Half::AnyOf(several)) => {
            Err(several.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
        }
    }
}

/// The region of each item that tells one, or is tied to something that does.
fn regions(items: &[Item], clues: &[Clue]) -> Vec<Option<String>> {
    let mut tied: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, (item, clue)) in items.iter().zip(clues).enumerate() {
        if item.kind != Kind::Peering {
            clue.ties.iter().for_each(|tie| tied.entry(tie).or_default().push(i));
        }
    }
    let mut regions: Vec<Option<String>> = clues.iter().map(|clue| clue.region.clone()).collect();
    let mut queue: VecDeque<usize> =
        (0..items.len()).filter(|i| regions.get(*i).is_some_and(Option::is_some)).collect();
    while let Some(i) = queue.pop_front() {
        let (Some(clue), Some(Some(region)), Some(item)) = (clues.get(i), regions.get(i).cloned(), items.get(i)) else {
            continue;
        };
        let ties = clue.ties.iter().filter(|_| item.kind != Kind::Peering);
        for other in ties.filter_map(|tie| tied.remove(tie.as_str())).flatten() {
            if let Some(unknown) = regions.get_mut(other).filter(|region| region.is_none()) {
                *unknown = Some(region.clone());
                queue.push_back(other);
            }
        }
    }
    regions
}

/// The account of each item that tells one, or is tied to something that does.
fn accounts(paths: &[PathBuf], items: &[Item], clues: &[Clue], regions: &[Option<String>]) -> Vec<Option<String>> {
    let near = near(paths, items, clues);
    let of_item = |(item, clue): (&Item, &Clue)| {
        let owner = clue.owner.clone()?;
        if item.kind.strength() > Strength::Shared {
            return Some(owner);
        }
        let near = near.get(item.file)?;
        match near.len() {
            0 => Some(owner),
            1 => near.first().cloned(),
            _ => near.get(&owner).cloned(),
        }
    };
    let mut accounts: Vec<Option<String>> = items.iter().zip(clues).map(of_item).collect();
    let mut of_ties: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (account, clue) in accounts.iter().zip(clues) {
        for (tie, account) in clue.ties.iter().filter_map(|tie| Some((tie, account.clone()?))) {
            of_ties.entry(tie).or_default().insert(account);
        }
    }
    for ((account, clue), region) in accounts.iter_mut().zip(clues).zip(regions) {
        if account.is_none() && region.is_some() {
            let several: BTreeSet<&String> =
                clue.ties.iter().filter_map(|tie| of_ties.get(tie.as_str())).flatten().collect();
            *account = several.first().filter(|_| several.len() == 1).map(|account| (*account).clone());
        }
    }
    accounts
}

/// For each file, the accounts that the nearest folder around it surely is of.
fn near(paths: &[PathBuf], items: &[Item], clues: &[Clue]) -> Vec<BTreeSet<String>> {
    let told_with = |strength: Strength| {
        let told = items.iter().zip(clues).filter(move |(item, _)| item.kind.strength() == strength);
        told.filter_map(|(item, clue)| Some((item.file, clue.owner.clone()?)))
    };
    let [asked, own] = [Strength::Asked, Strength::Own].map(|strength| by_folder(paths, told_with(strength)));
    let of_file = |path: &PathBuf| {
        let nearest = folders(path).find_map(|folder| asked.get(folder).or_else(|| own.get(folder)));
        nearest.cloned().unwrap_or_default()
    };
    paths.iter().map(of_file).collect()
}

/// What surrounds a file tells of those entries in it that tell nothing.
#[derive(Debug)]
struct Around {
    account: Half,
    region: Half,
}

fn surroundings(
    paths: &[PathBuf],
    items: &[Item],
    accounts: &[Option<String>],
    regions: &[Option<String>],
) -> Vec<Around> {
    let told = |halves: &[Option<String>]| {
        by_folder(paths, items.iter().zip(halves).filter_map(|(item, half)| Some((item.file, half.clone()?))))
    };
    let (accounts, regions) = (told(accounts), told(regions));
    let of_file = |path: &PathBuf| Around {
        account: around(path, &accounts, account_in),
        region: around(path, &regions, region_in),
    };
    paths.iter().map(of_file).collect()
}

fn around(path: &Path, told: &BTreeMap<PathBuf, BTreeSet<String>>, named: fn(&str) -> Option<&str>) -> Half {
    let names = path.ancestors().filter_map(|part| part.file_name()).map(|name| name.to_string_lossy());
    if let Some(named) = names.into_iter().find_map(|name| named(&name).map(str::to_owned)) {
        return Half::Is(named);
    }
    match folders(path).find_map(|folder| told.get(folder)) {
        None => Half::Is(String::new()),
        Some(one) if one.len() == 1 => Half::Is(one.first().cloned().unwrap_or_default()),
        Some(several) => Half::AnyOf(several.clone()),
    }
}

/// What the files below each folder tell.
fn by_folder(paths: &[PathBuf], told: impl Iterator<Item = (usize, String)>) -> BTreeMap<PathBuf, BTreeSet<String>> {
    let told: BTreeSet<(usize, String)> = told.collect();
    let mut by_folder: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    for (file, what) in told {
        for folder in paths.get(file).into_iter().flat_map(|path| folders(path)) {
            by_folder.entry(folder.to_owned()).or_default().insert(what.clone());
        }
    }
    by_folder
}

/// The folders around a file, the nearest first, and at last what is around all.
fn folders(path: &Path) -> impl Iterator<Item = &Path> {
    let last = Path::new("");
    path.ancestors().skip(1).filter(move |folder| *folder != last).chain([last])
}

fn told_by_answer(answers: &[Answer], items: &[Item], halves: &[Option<String>]) -> Vec<BTreeSet<String>> {
    let mut told = vec![BTreeSet::new(); answers.len()];
    for (item, half) in items.iter().zip(halves) {
        if let (Some(told), Some(half)) = (told.get_mut(item.answer), half) {
            told.insert(half.clone());
        }
    }
    told
}

/// Puts what has no region into every region of its account.
fn everywhere(
    answers: &[Answer],
    items: &[Item],
    halves: &[(Half, Half)],
    surroundings: &[Around],
    placed: &mut Placed,
) {
    let all = placed.all.clone();
    let of = |account: &Half| -> BTreeSet<Place> {
        let Half::Is(account) = account else { return BTreeSet::new() };
        let regions: BTreeSet<Place> = all.iter().filter(|place| &place.account == account).cloned().collect();
        if regions.is_empty() { [Place { account: account.clone(), region: String::new() }].into() } else { regions }
    };
    let mut told: BTreeMap<usize, BTreeSet<Place>> = BTreeMap::new();
    for ((item, (account, _)), places) in items.iter().zip(halves).zip(&mut placed.items) {
        if item.kind.is_global() {
            *places = of(account);
            told.entry(item.answer).or_default().extend(places.iter().cloned());
        }
    }
    for (i, answer) in answers.iter().enumerate().filter(|(_, answer)| answer.kind.is_global()) {
        let around = surroundings.get(answer.file).map(|around| of(&around.account)).unwrap_or_default();
        if let Some(home) = placed.answers.get_mut(i) {
            home.places = told.remove(&i).unwrap_or(around);
            home.is_in_doubt |= home.places.is_empty();
            placed.all.extend(home.places.iter().cloned());
        }
    }
}

/// Puts a peering into every place that holds a network of its, or where its answer is from.
fn at_both_ends(items: &[Item], clues: &[Clue], halves: &[(Half, Half)], placed: &mut Placed) {
    let mut holders: BTreeMap<&str, BTreeSet<Place>> = BTreeMap::new();
    for (item, places) in items.iter().zip(&placed.items).filter(|(item, _)| item.kind == Kind::Vpc) {
        holders.entry(&item.id).or_default().extend(places.iter().cloned());
    }
    for (((item, clue), (account, region)), places) in items.iter().zip(clues).zip(halves).zip(&mut placed.items) {
        if item.kind == Kind::Peering {
            *places = clue.ties.iter().filter_map(|vpc| holders.get(vpc.as_str())).flatten().cloned().collect();
            places.extend(placed.answers.get(item.answer).into_iter().flat_map(|home| home.places.iter().cloned()));
            if places.is_empty() {
                places.extend(whole(account, region).ok());
            }
        }
    }
}
