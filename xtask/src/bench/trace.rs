//! `cargo xtask bench trace`.

use std::time::{Duration, Instant};

use egress_core::doctor::{Examination, examine};

use super::region::region;
use crate::run::{Result, print};

/// How much to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many functions, parted by commas.
    #[arg(long, value_delimiter = ',', default_value = "10,100,1000,10000")]
    functions: Vec<usize>,
    /// How often; the quickest counts, for it is the least disturbed.
    #[arg(long, default_value_t = 5)]
    times: usize,
}

/// Prints a row for each size, and the exponent of the growth from the smallest to the largest: 1 is linear.
pub(crate) fn run(args: &Args) -> Result {
    print("the doctor, over all functions of a region; one thread; the quickest of the runs\n\n");
    print(&format!("{:>9}  {:>6}  {:>10}  {:>12}  {:>8}\n", "functions", "VPCs", "seconds", "us/function", "findings"));
    let mut rows = Vec::new();
    for &functions in &args.functions {
        let networks = functions.div_ceil(10);
        let world = region(networks, functions);
        let mut best = Duration::MAX;
        let mut findings = 0;
        for _ in 0..args.times.max(1) {
            let began = Instant::now();
            let diagnosis = examine(&world, &Examination::default());
            best = best.min(began.elapsed());
            if diagnosis.functions.len() != functions {
                return Err(format!("the doctor looked at {} of {functions} functions", diagnosis.functions.len()));
            }
            findings = diagnosis.findings.len();
        }
        let seconds = best.as_secs_f64();
        let each = seconds * 1e6 / functions as f64;
        print(&format!("{functions:>9}  {networks:>6}  {seconds:>10.4}  {each:>12.1}  {findings:>8}\n"));
        rows.push((functions as f64, seconds));
    }
    if let [first, .., last] = rows.as_slice() {
        let exponent = (last.1 / first.1).ln() / (last.0 / first.0).ln();
        print(&format!("\ngrowth exponent: {exponent:.2} (aim: at most 1.1)\n"));
    }
    print(&format!("peak memory: {}\n", peak_memory()));
    Ok(())
}

/// What Linux tells of this process; other systems have other ways.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map_or_else(|| "not told here".to_owned(), |kib| kib.trim().to_owned())
}
