//! What processes cost, from `/proc`.

use std::collections::HashMap;
use std::fs;
use std::time::Instant;

use anyhow::Context as _;

/// `/proc` counts in hundredths of a second on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;
const KERNEL_THREADS: u32 = 2;

#[derive(Debug)]
struct Process {
    parent: u32,
    name: String,
    /// Its own time and that of the children it has waited for, so that nothing is lost when one
    /// ends.
    ticks: u64,
}

/// All processes at one moment.
#[derive(Debug)]
pub struct Snapshot {
    at: Instant,
    processes: HashMap<u32, Process>,
    /// Time that a hypervisor gave to somebody else.
    steal: u64,
}

/// Who else was at work.
#[derive(Clone, Debug)]
pub struct Others {
    /// Part of the whole machine.
    pub share: f64,
    pub busiest: String,
}

impl Snapshot {
    /// # Errors
    /// There is no `/proc`.
    pub fn take() -> anyhow::Result<Self> {
        let at = Instant::now();
        let mut processes = HashMap::new();
        for entry in fs::read_dir("/proc").context("no /proc")?.flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            // It may have ended meanwhile.
            let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
            if let Some(process) = parse(&stat) {
                processes.insert(pid, process);
            }
        }
        let stat = fs::read_to_string("/proc/stat")?;
        let steal = stat.split_whitespace().nth(8).and_then(|field| field.parse().ok());
        Ok(Self { at, processes, steal: steal.unwrap_or_default() })
    }

    fn is_below(&self, pid: u32, root: u32) -> bool {
        let mut current = pid;
        // A loop is impossible in one snapshot of a sane kernel, but reading takes time.
        for _ in 0..64 {
            if current == root {
                return true;
            }
            match self.processes.get(&current) {
                Some(process) => current = process.parent,
                None => return false,
            }
        }
        false
    }

    fn tree_ticks(&self, root: u32) -> u64 {
        self.processes
            .iter()
            .filter(|(pid, _)| self.is_below(**pid, root))
            .map(|(_, process)| process.ticks)
            .sum()
    }

    /// Microseconds of processor that the tree under `root` used since `before`.
    pub fn cpu_us_since(&self, before: &Self, root: u32) -> f64 {
        let ticks = self.tree_ticks(root).saturating_sub(before.tree_ticks(root));
        #[expect(clippy::cast_precision_loss, reason = "ticks of one run")]
        let ticks = ticks as f64;
        ticks / TICKS_PER_SECOND * 1e6
    }

    fn foreign(&self, ours: &[u32]) -> impl Iterator<Item = (&u32, &Process)> {
        self.processes.iter().filter(|(pid, _)| {
            let is_ours = ours.iter().any(|root| self.is_below(**pid, *root));
            !is_ours && !self.is_below(**pid, KERNEL_THREADS)
        })
    }

    /// What everybody but the trees under `ours` did since `before`.
    pub fn others_since(&self, before: &Self, ours: &[u32]) -> Others {
        // Sums, because the time of a process that ended is with its parent now.
        let ticks = |moment: &Self| {
            let foreign = moment.foreign(ours).map(|(_, process)| process.ticks);
            foreign.sum::<u64>() + moment.steal
        };
        let total = ticks(self).saturating_sub(ticks(before));
        let busiest = self.foreign(ours).max_by_key(|(pid, process)| {
            let earlier = before.processes.get(pid).map_or(0, |process| process.ticks);
            process.ticks.saturating_sub(earlier)
        });
        let busiest = busiest.map_or_else(String::new, |(_, process)| process.name.clone());
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        #[expect(clippy::cast_precision_loss, reason = "ticks of one run, cores of one machine")]
        let (total, cores) = (total as f64, cores as f64);
        let seconds = self.at.duration_since(before.at).as_secs_f64();
        let share = total / TICKS_PER_SECOND / (seconds * cores).max(1e-3);
        Others { share, busiest }
    }
}

/// `pid (name) state ppid …`, where the name may hold anything; times are fields 14 to 17.
fn parse(stat: &str) -> Option<Process> {
    let (head, tail) = stat.rsplit_once(')')?;
    let (_, name) = head.split_once('(')?;
    let fields: Vec<&str> = tail.split_whitespace().collect();
    let number = |index: usize| fields.get(index).and_then(|field| field.parse::<u64>().ok());
    Some(Process {
        parent: fields.get(1)?.parse().ok()?,
        name: name.to_owned(),
        ticks: number(11)? + number(12)? + number(13)? + number(14)?,
    })
}

/// Resident memory of one process in MiB.
///
/// # Errors
/// It has ended.
pub fn resident_mib(pid: u32) -> anyhow::Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    Ok(kib.context("a process without VmRSS")? / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_name_may_hold_brackets_and_spaces() {
        let process =
            parse("7 (a) b (c) S 3 7 7 0 -1 4194560 1 2 3 4 10 20 30 40 20 0 1 0").unwrap();
        assert_eq!((process.parent, process.ticks), (3, 100));
        assert_eq!(process.name, "a) b (c");
    }
}
