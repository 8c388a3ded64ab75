//! A B A B: every subject in turn, round after round, and only rounds in which the machine was
//! ours.

use std::time::{Duration, Instant};

use crate::load::Load;
use crate::procfs::{Others, Snapshot};
use crate::settings::Settings;

/// Part of the machine that others may use.
const QUIET: f64 = 0.10;
const WARM_UP_SECONDS: u64 = 1;

/// One side of a comparison.
pub trait Subject {
    fn label(&self) -> &str;

    /// Roots of the process trees whose processor time is what a request costs.
    fn costs(&self) -> Vec<u32>;

    /// What comes before a round and is not measured.
    async fn prepare(&mut self) -> anyhow::Result<()>;

    async fn run(&mut self, seconds: u64) -> anyhow::Result<Load>;
}

#[derive(Clone, Debug)]
pub struct Sample {
    pub per_second: f64,
    /// Per request, by tree.
    pub cpu_us: Vec<f64>,
    pub is_quiet: bool,
}

impl Sample {
    pub fn cpu(&self) -> f64 {
        self.cpu_us.iter().sum()
    }
}

/// Samples by subject, then by round.
#[derive(Debug)]
pub struct Rounds(Vec<Vec<Sample>>);

/// # Errors
/// A subject broke.
pub async fn alternate<S: Subject>(
    settings: &Settings,
    subjects: &mut [S],
) -> anyhow::Result<Rounds> {
    for subject in &mut *subjects {
        subject.prepare().await?;
        subject.run(WARM_UP_SECONDS).await?;
    }
    let mut patience = settings.patience();
    let mut samples: Vec<Vec<Sample>> = subjects.iter().map(|_| Vec::new()).collect();
    for round in 1..=settings.rounds {
        for (subject, samples) in subjects.iter_mut().zip(&mut samples) {
            loop {
                patience = patience.saturating_sub(wait_for_quiet(settings, patience).await?);
                let began = Instant::now();
                let (sample, others) = sample(settings, subject).await?;
                tell(round, subject.label(), &sample, &others);
                if !sample.is_quiet && !patience.is_zero() {
                    patience = patience.saturating_sub(began.elapsed());
                    continue;
                }
                samples.push(sample);
                break;
            }
        }
    }
    Ok(Rounds(samples))
}

async fn sample<S: Subject>(
    settings: &Settings,
    subject: &mut S,
) -> anyhow::Result<(Sample, Others)> {
    subject.prepare().await?;
    let before = Snapshot::take()?;
    let load = subject.run(settings.seconds).await?;
    let after = Snapshot::take()?;
    #[expect(clippy::cast_precision_loss, reason = "requests of one round")]
    let requests = load.requests.max(1) as f64;
    let roots = subject.costs();
    let cpu_us = roots.iter().map(|root| after.cpu_us_since(&before, *root) / requests).collect();
    let others = after.others_since(&before, &ours(settings));
    let is_quiet = others.share <= QUIET;
    Ok((Sample { per_second: load.per_second, cpu_us, is_quiet }, others))
}

fn ours(settings: &Settings) -> Vec<u32> {
    std::iter::once(std::process::id()).chain(settings.postgres.pid).collect()
}

/// Returns how long that took; gives up after `patience`.
async fn wait_for_quiet(settings: &Settings, patience: Duration) -> anyhow::Result<Duration> {
    let began = Instant::now();
    while began.elapsed() < patience {
        let before = Snapshot::take()?;
        tokio::time::sleep(Duration::from_millis(300)).await;
        if Snapshot::take()?.others_since(&before, &ours(settings)).share <= QUIET {
            break;
        }
    }
    Ok(began.elapsed())
}

fn tell(round: usize, label: &str, sample: &Sample, others: &Others) {
    let note = if sample.is_quiet {
        String::new()
    } else {
        format!("  NOISY: others {:.0} %, most {}", others.share * 100.0, others.busiest)
    };
    let cpu = sample.cpu();
    eprintln!("  round {round}  {label:<34}{:>9.0}/s {cpu:>8.1} µs{note}", sample.per_second);
}

/// Smallest, middle and largest of what pairs of rounds gave.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    pub min: f64,
    pub median: f64,
    pub max: f64,
}

impl Spread {
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        let last = values.len().saturating_sub(1);
        let median = f64::midpoint(at(last / 2), at(values.len() / 2));
        Self { min: at(0), median, max: at(last) }
    }
}

/// Two subjects, pair by pair.
#[derive(Debug)]
pub struct Pairs(Vec<(Sample, Sample)>);

impl Rounds {
    /// The pairs of a quiet machine, or all when there was none.
    pub fn pairs(&self, baseline: usize, candidate: usize) -> Pairs {
        let of = |subject: usize| self.0.get(subject).map_or(&[][..], Vec::as_slice);
        let all = of(baseline).iter().cloned().zip(of(candidate).iter().cloned());
        let (quiet, noisy): (Vec<_>, Vec<_>) =
            all.partition(|(a, b): &(Sample, Sample)| a.is_quiet && b.is_quiet);
        Pairs(if quiet.is_empty() { noisy } else { quiet })
    }
}

impl Pairs {
    pub fn over(&self, value: impl Fn(&Sample, &Sample) -> f64) -> Spread {
        Spread::of(self.0.iter().map(|(a, b)| value(a, b)))
    }

    pub fn are_quiet(&self) -> bool {
        self.0.iter().all(|(a, b)| a.is_quiet && b.is_quiet)
    }

    /// How many pairs there are, and whether they were disturbed.
    pub fn note(&self) -> String {
        format!("{}{}", self.0.len(), if self.are_quiet() { "" } else { " NOISY" })
    }

    /// What a goal says and whether the ratio reaches it: in every pair, in none, or unclear.
    pub fn verdict(&self, goal: f64, what: &str, ratio: Spread) -> String {
        let verdict = if !self.are_quiet() {
            "unclear"
        } else if ratio.min >= goal {
            "reached"
        } else if ratio.max < goal {
            "MISSED"
        } else {
            "unclear"
        };
        format!("{what} ≥ {goal:.2} {verdict}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(per_second: f64, is_quiet: bool) -> Sample {
        Sample { per_second, cpu_us: vec![1.0], is_quiet }
    }

    #[test]
    fn a_disturbed_round_drops_its_pair_unless_all_were() {
        let quiet = vec![sample(10.0, true), sample(10.0, true)];
        let rounds = Rounds(vec![quiet, vec![sample(5.0, true), sample(1.0, false)]]);
        let pairs = rounds.pairs(0, 1);
        let ratio = pairs.over(|a, b| b.per_second / a.per_second);
        assert!((ratio.min - 0.5).abs() < 1e-9 && pairs.note() == "1");
        let rounds = Rounds(vec![vec![sample(10.0, true)], vec![sample(1.0, false)]]);
        assert_eq!(rounds.pairs(0, 1).note(), "1 NOISY");
    }
}
