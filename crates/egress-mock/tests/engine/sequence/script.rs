//! What happens in a life: commands, edits of the file, drift and time, drawn from a seed. Each of them has its own dice, so
//! that leaving one out changes none of the others.

use std::{collections::BTreeMap, fmt, time::Duration};

use egress_core::{
    Kind,
    plan::Verb,
    spec::{self, FunctionSpec, Permission, Spec},
};
use egress_mock::NatFailure;

use super::super::forms::{FORMS, file};
use super::drift::DRIFTS;

/// The functions of the account that stacks may have: `f` and `h` are in no network and run as one role, `g` is in a network
/// of its own.
pub(super) const FUNCTIONS: [&str; 3] = ["f", "g", "h"];

/// What a life is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plot {
    /// All that people do with a stack, but no address is ever named.
    Whole,
    /// Much is taken down, and one address is named now and then.
    Named,
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A command.
    Run(Run),
    /// The file is edited.
    Edit(Edit),
    /// Somebody does something behind egress's back: which of [`DRIFTS`], and how.
    Drift(usize, u64),
    /// Nothing, for a while.
    Pass(Duration),
}

/// A command.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) wish: Wish,
    /// Whether all is permitted that egress may ask about.
    pub(super) permitted: bool,
    pub(super) sky: Sky,
    pub(super) end: End,
}

/// What a command asks for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wish {
    Apply,
    Attach(&'static str),
    Detach(&'static str, bool),
    Verify,
    /// With the roles' permissions or not, and perhaps naming the first address that the stack ever had.
    Destroy(bool, Named),
}

/// Whether an address is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    None,
    First,
}

/// How a run ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    /// When there is nothing left to do.
    ByItself,
    /// After this time the user wishes to stop.
    Stopped(Duration),
    /// After this time the process is gone.
    Killed(Duration),
}

/// What goes wrong during a run.
#[derive(Clone, Debug)]
pub(super) struct Sky {
    pub(super) seed: u64,
    /// How many of a hundred calls go wrong.
    pub(super) rate: u8,
    /// From which call on credentials are expired, and for how many calls.
    pub(super) expired: Option<(u32, u32)>,
    /// A quota that is met: nothing of this kind can be made.
    pub(super) quota: Option<Kind>,
    /// What becomes of the first NAT gateway that is made.
    pub(super) nat: Option<NatFailure>,
}

impl Sky {
    /// Nothing goes wrong.
    pub(super) const CLEAR: Self = Self { seed: 0, rate: 0, expired: None, quota: None, nat: None };
}

/// An edit of the file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Edit {
    Form(usize),
    /// In, with a permission, or out.
    Function(&'static str, Option<Permission>),
    Tags(usize),
}

/// The file, as data.
#[derive(Clone, Debug)]
pub(super) struct File {
    form: usize,
    functions: BTreeMap<&'static str, Permission>,
    tags: usize,
}

const TAGS: [&str; 3] =
    ["", "\n[tags]\nteam = \"payments\"\n", "\n[tags]\nteam = \"orders\"\ncost = \"42\"\nName = \"ours\"\n"];

impl File {
    pub(super) fn new() -> Self {
        Self { form: 0, functions: [("f", Permission::Managed)].into(), tags: 0 }
    }

    pub(super) fn edit(&mut self, edit: Edit) {
        match edit {
            Edit::Form(form) => self.form = form,
            Edit::Function(name, Some(permission)) => _ = self.functions.insert(name, permission),
            Edit::Function(name, None) => _ = self.functions.remove(name),
            Edit::Tags(tags) => self.tags = tags,
        }
    }

    pub(super) fn spec(&self) -> Spec {
        let functions = self.functions.iter().map(|(name, permission)| {
            let permission = format!("{permission:?}").to_lowercase();
            format!("\n[[function]]\nname = \"{name}\"\npermission = \"{permission}\"\n")
        });
        let rest = TAGS[self.tags].to_owned() + &functions.collect::<String>();
        spec::parse(&file(FORMS[self.form].1, &rest)).unwrap().spec
    }
}

/// All that happens in a life.
pub(super) fn script(seed: u64, plot: Plot) -> Vec<Step> {
    let mut dice = fastrand::Rng::with_seed(seed);
    let count = dice.usize(30..40);
    (0..count).map(|_| step(&mut dice, plot)).collect()
}

fn step(dice: &mut fastrand::Rng, plot: Plot) -> Step {
    match dice.u8(0..100) {
        0..56 => Step::Run(run(dice, plot)),
        56..76 => Step::Edit(edit(dice)),
        76..93 => Step::Drift(dice.usize(..DRIFTS.len()), dice.u64(..)),
        _ => Step::Pass(Duration::from_secs([1, 60, 600, 4000][dice.usize(..4)])),
    }
}

fn run(dice: &mut fastrand::Rng, plot: Plot) -> Run {
    let end = |dice: &mut fastrand::Rng| {
        let longest = [1, 5, 30, 300][dice.usize(..4)];
        Duration::from_millis(dice.u64(..longest * 1000))
    };
    Run {
        wish: wish(dice, plot),
        permitted: dice.u8(..3) > 0,
        sky: sky(dice),
        end: match dice.u8(..8) {
            0..3 => End::ByItself,
            3..5 => End::Stopped(end(dice)),
            _ => End::Killed(end(dice)),
        },
    }
}

fn wish(dice: &mut fastrand::Rng, plot: Plot) -> Wish {
    let name = FUNCTIONS[dice.usize(..FUNCTIONS.len())];
    match dice.u8(..if plot == Plot::Whole { 20 } else { 28 }) {
        0..12 => Wish::Apply,
        12..14 => Wish::Attach(name),
        14..16 => Wish::Detach(name, dice.bool()),
        16..18 => Wish::Verify,
        18..24 => Wish::Destroy(dice.bool(), Named::None),
        _ => Wish::Destroy(dice.bool(), Named::First),
    }
}

fn sky(dice: &mut fastrand::Rng) -> Sky {
    let one_in = |dice: &mut fastrand::Rng, n: u8| dice.u8(..n) == 0;
    let quotas = [Kind::Network, Kind::Address, Kind::NatGateway, Kind::InternetGateway, Kind::Subnet];
    let failures =
        [NatFailure::InternalError, NatFailure::NotAttached, NatFailure::AlreadyAssociated, NatFailure::NoFreeAddress];
    Sky {
        seed: dice.u64(..),
        rate: [0, 3, 8, 25][dice.usize(..4)],
        expired: one_in(dice, 8).then(|| (dice.u32(..60), dice.u32(1..40))),
        quota: one_in(dice, 8).then(|| quotas[dice.usize(..quotas.len())]),
        nat: one_in(dice, 6).then(|| failures[dice.usize(..failures.len())]),
    }
}

fn edit(dice: &mut fastrand::Rng) -> Edit {
    match dice.u8(..10) {
        0..5 => Edit::Form(dice.usize(..FORMS.len())),
        5..9 => {
            let name = FUNCTIONS[dice.usize(..FUNCTIONS.len())];
            let permission = match dice.u8(..5) {
                0 => None,
                // Its role has a permission of its own.
                1 if name == "g" => Some(Permission::None),
                2 => Some(Permission::Inline),
                _ => Some(Permission::Managed),
            };
            Edit::Function(name, permission)
        }
        _ => Edit::Tags(dice.usize(..TAGS.len())),
    }
}

impl Wish {
    /// What is asked of the planner. `ip` is the address that may be named.
    pub(super) fn verb(
        self,
        permits: std::collections::BTreeSet<egress_core::plan::Permit>,
        ip: Option<std::net::Ipv4Addr>,
    ) -> Verb {
        match self {
            Self::Apply => Verb::Apply { permits },
            Self::Attach(name) => {
                let functions = vec![FunctionSpec { name: name.into(), permission: Permission::Managed }];
                Verb::Attach { functions, permits }
            }
            Self::Detach(name, remove_role_policy) => {
                Verb::Detach { functions: [name.into()].into(), remove_role_policy }
            }
            Self::Verify => Verb::Verify,
            Self::Destroy(remove_role_policy, named) => {
                let release = ip.into_iter().filter(|_| named == Named::First).collect();
                Verb::Destroy { release, remove_role_policy }
            }
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(Run { wish, permitted, sky, end }) => {
                let permitted = if *permitted { "all permitted" } else { "nothing permitted" };
                write!(f, "{wish:?}, {permitted}, {end:?}, {sky:?}")
            }
            Self::Edit(Edit::Form(form)) => write!(f, "the file becomes: {}", FORMS[*form].0),
            Self::Edit(edit) => write!(f, "the file: {edit:?}"),
            Self::Drift(what, _) => f.write_str(DRIFTS[*what].0),
            Self::Pass(time) => write!(f, "{time:?} pass"),
        }
    }
}
