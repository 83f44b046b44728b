//! How long a fleet takes to be loaded, checked and projected, and how much memory:
//! `cargo bench -p domi-fleet-files [-- HOSTS…]`. Everything is measured in one run, so that growth
//! can be trusted even on a busy computer.

#![expect(clippy::unwrap_used, reason = "what cannot be measured may panic")]
#![expect(clippy::cast_precision_loss, reason = "figures for people")]

mod made;

use std::time::Instant;

use camino::Utf8Path;
use domi_fleet_files::{Wanted, load, project, why};

use made::median;

/// How often each is measured; the median counts.
const RUNS: usize = 5;

fn main() {
    let asked: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let sizes = if asked.is_empty() { vec![50, 500, 5_000, 50_000] } else { asked };
    println!(
        "hosts   files   load      check     project   together  processor  why       peak memory"
    );
    let mut before: Option<(usize, f64)> = None;
    for hosts in sizes {
        let all = measure(hosts);
        if let Some((fewer, time)) = before {
            println!(
                "        {:.1} times the hosts, {:.1} times as long",
                hosts as f64 / fewer as f64,
                all / time
            );
        }
        before = Some((hosts, all));
    }
}

/// Measures a fleet of so many hosts; returns how long all of it took, in seconds.
fn measure(hosts: usize) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let files = made::write(folder.path(), hosts);
    let root = Utf8Path::from_path(folder.path()).unwrap();
    let features = made::features();
    let (mut loads, mut checks, mut projections) = (Vec::new(), Vec::new(), Vec::new());
    let (mut alls, mut works, mut whys) = (Vec::new(), Vec::new(), Vec::new());
    // The most that the process ever had in memory, from here on.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    for _ in 0..RUNS {
        let (begun, worked) = (Instant::now(), processor());
        let loaded = load(root, Wanted::All);
        let read = begun.elapsed();
        let mut problems = loaded.problems;
        problems.extend(loaded.fleet.check());
        let checked = begun.elapsed();
        let projected = project(&loaded.fleet, &features);
        let all = begun.elapsed();
        works.push(processor() - worked);
        problems.extend(projected.problems);
        assert!(problems.is_empty(), "{}", problems[0]);
        assert_eq!(projected.hosts.len(), hosts);
        loads.push(read.as_secs_f64());
        checks.push((checked - read).as_secs_f64());
        projections.push((all - checked).as_secs_f64());
        alls.push(all.as_secs_f64());
        let begun = Instant::now();
        let host = format!("h-{}", hosts / 2);
        let alone = load(root, Wanted::Host(&host)).fleet;
        let why = why(&alone, &features, &host, &["site".to_owned(), "port".to_owned()]).unwrap();
        assert!(!why.steps.is_empty());
        whys.push(begun.elapsed().as_secs_f64());
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap().trim().to_owned();
    let [load, check, project, all, work, why] =
        [loads, checks, projections, alls, works, whys].map(median);
    println!(
        "{hosts:<7} {files:<7} {load:.3} s   {check:.3} s   {project:.3} s   {all:.3} s   {work:.2} s     {why:.3} s   {peak}"
    );
    all
}

/// The processor time that this process has taken, in seconds. On a busy computer it says more than
/// the time that passed.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields = stat.rsplit_once(')').unwrap().1.split_whitespace();
    let ticks: f64 = fields.skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap()).sum();
    ticks / 100.0
}
