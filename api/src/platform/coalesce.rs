//! Requests that would stand in line for one lock, worked off together.
//!
//! Whoever finds nobody at work on a key works alone, in the ordinary way. Whoever comes meanwhile
//! waits, and all who wait are handed to one worker, so many at a time, until nobody waits: one lock
//! and one commit for all of them, and an answer of its own for each. Those who are at work together
//! may let the next begin before they are done. Where keys are many nobody waits, and nothing is
//! different. This is about one process; between replicas the database decides.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::db::kept_length;

/// The lines of one kind of work. Cheap to clone: one pointer.
pub struct Coalescer<K, T, A>(Arc<Lines<K, T, A>>);

struct Lines<K, T, A> {
    /// How many are worked off together at most.
    most: usize,
    /// Who waits, by key. A key is here while somebody is at work on it.
    waiting: Mutex<HashMap<K, VecDeque<Waiting<T, A>>>>,
}

struct Waiting<T, A> {
    request: T,
    answer: oneshot::Sender<A>,
}

/// What became of a request.
#[derive(Debug)]
pub enum Turn<L, A> {
    /// Nobody else is at it: work in the ordinary way, and keep this until the work is done.
    Alone(L),
    /// Others have done it.
    Done(A),
    /// Whoever should have done it broke down. Nothing was done, or it was done and not answered.
    Lost,
}

/// Whoever is at work together has it. Passed on, which is dropped, it lets the next begin.
#[derive(Debug)]
pub struct Baton(#[expect(dead_code, reason = "its end is the message")] oneshot::Sender<()>);

/// Somebody is at work on a key. Dropped, it lets those in who came meanwhile.
pub struct Lead<K: Eq + Hash, T, A> {
    lines: Coalescer<K, T, A>,
    key: Option<K>,
    next: Option<Box<dyn FnOnce(Self) + Send>>,
}

impl<K, T, A> Coalescer<K, T, A>
where
    K: Clone + Eq + Hash + Send + 'static,
    T: Send + 'static,
    A: Send + 'static,
{
    /// # Panics
    /// `most` is zero.
    #[must_use]
    pub fn new(most: usize) -> Self {
        assert!(most > 0, "nobody would ever get a turn");
        Self(Arc::new(Lines { most, waiting: Mutex::default() }))
    }

    /// Takes a turn. `together` answers each of the requests it is given, in their order, on `runtime`;
    /// it runs to its end even if the one who brought it goes away. When it passes the baton on, the next
    /// may be given to it meanwhile; more than two such lines are never under way.
    pub async fn enter<F>(
        &self,
        runtime: &Handle,
        key: K,
        request: impl FnOnce() -> T,
        together: impl Fn(K, Vec<T>, Baton) -> F + Send + 'static,
    ) -> Turn<Lead<K, T, A>, A>
    where
        F: Future<Output = Vec<A>> + Send + 'static,
    {
        let answer = {
            let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(line) = waiting.get_mut(&key) {
                let (sender, answer) = oneshot::channel();
                line.push_back(Waiting { request: request(), answer: sender });
                answer
            } else {
                waiting.insert(key.clone(), VecDeque::new());
                let runtime = runtime.clone();
                let next = Box::new(move |lead: Lead<K, T, A>| {
                    runtime.spawn(lead.work(together));
                });
                return Turn::Alone(Lead { lines: self.clone(), key: Some(key), next: Some(next) });
            }
        };
        answer.await.map_or(Turn::Lost, Turn::Done)
    }

    /// The first of those who wait, or the end of the line: so many that the statements about all of
    /// them need not be in parts. The rest begin the next line.
    fn take(&self, key: &K) -> Vec<Waiting<T, A>> {
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(line) = waiting.get_mut(key) else { return Vec::new() };
        // Who went away is not served any more.
        line.retain(|one| !one.answer.is_closed());
        if line.is_empty() {
            waiting.remove(key);
            return Vec::new();
        }
        let count = kept_length(line.len().min(self.0.most));
        line.drain(..count).collect()
    }

    /// How many wait.
    fn length(&self, key: &K) -> usize {
        let waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.get(key).map_or(0, VecDeque::len)
    }
}

impl<K, T, A> Lead<K, T, A>
where
    K: Clone + Eq + Hash + Send + 'static,
    T: Send + 'static,
    A: Send + 'static,
{
    async fn work<F>(mut self, together: impl Fn(K, Vec<T>, Baton) -> F)
    where
        F: Future<Output = Vec<A>> + Send + 'static,
    {
        let Some(key) = self.key.clone() else { return };
        let mut at_work = JoinSet::new();
        loop {
            let (requests, senders): (Vec<T>, Vec<oneshot::Sender<A>>) =
                self.lines.take(&key).into_iter().map(|w| (w.request, w.answer)).unzip();
            if requests.is_empty() {
                self.key = None;
                break;
            }
            let count = requests.len();
            let (baton, passed_on) = oneshot::channel();
            let answers = together(key.clone(), requests, Baton(baton));
            #[expect(clippy::disallowed_methods, reason = "it is waited for below")]
            at_work.spawn(async move {
                for (sender, answer) in senders.into_iter().zip(answers.await) {
                    // Who went away meanwhile finds the answer by asking again.
                    drop(sender.send(answer));
                }
            });
            // By being dropped, with or without an answer.
            drop(passed_on.await);
            // A few cost nearly as much as many: until there are some, they had better wait.
            let is_worth_it = 2 * self.lines.length(&key) >= count;
            while at_work.len() > usize::from(is_worth_it) {
                // Who waits for those who broke down learns it by their end.
                drop(at_work.join_next().await);
            }
        }
        while at_work.join_next().await.is_some() {}
    }
}

impl<K: Eq + Hash, T, A> Drop for Lead<K, T, A> {
    fn drop(&mut self) {
        let Some(key) = self.key.take() else { return };
        let mut waiting = self.lines.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let is_last = waiting.get(&key).is_none_or(VecDeque::is_empty);
        match self.next.take() {
            Some(next) if !is_last => {
                drop(waiting);
                next(Self { lines: self.lines.clone(), key: Some(key), next: None });
            }
            // Nobody waits; or the worker broke down, and who waits learns it by this.
            _ => {
                waiting.remove(&key);
            }
        }
    }
}

impl<K, T, A> Clone for Coalescer<K, T, A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, T, A> fmt::Debug for Coalescer<K, T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Coalescer").field("most", &self.0.most).finish_non_exhaustive()
    }
}

impl<K: Eq + Hash, T, A> fmt::Debug for Lead<K, T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lead").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;
    use futures_util::poll;
    use tokio::sync::Semaphore;
    use tokio::task::yield_now;

    use super::*;

    type Doubler = Coalescer<u8, u32, u32>;
    type Leader = Lead<u8, u32, u32>;

    async fn double(_: u8, requests: Vec<u32>, _until_done: Baton) -> Vec<u32> {
        yield_now().await;
        doubled(requests)
    }

    fn doubled(requests: Vec<u32>) -> Vec<u32> {
        requests.into_iter().map(|n| 2 * n).collect()
    }

    /// Takes a turn here.
    async fn enter<F: Future<Output = Vec<u32>> + Send + 'static>(
        lines: &Doubler,
        key: u8,
        request: u32,
        together: impl Fn(u8, Vec<u32>, Baton) -> F + Send + 'static,
    ) -> Turn<Leader, u32> {
        lines.enter(&Handle::current(), key, || request, together).await
    }

    /// Who finds nobody at work.
    fn alone(turn: Turn<Leader, u32>) -> Leader {
        match turn {
            Turn::Alone(lead) => lead,
            other => panic!("{other:?}"),
        }
    }

    async fn lead(lines: &Doubler, key: u8) -> Leader {
        alone(enter(lines, key, 0, double).await)
    }

    /// What becomes of the others, who all stand in line when `first` is done, while `then` goes on.
    async fn behind<F: Future<Output = Turn<Leader, u32>>>(
        lines: &Doubler,
        first: Leader,
        others: impl IntoIterator<Item = F>,
        then: impl Future<Output = ()>,
    ) -> Vec<Turn<Leader, u32>> {
        let others: Vec<F> = others.into_iter().collect();
        let count = others.len();
        let (turns, ()) = tokio::join!(join_all(others), async {
            while lines.length(&1) != count {
                yield_now().await;
            }
            drop(first);
            then.await;
        });
        idle(lines).await;
        turns
    }

    /// Until nobody is at work.
    async fn idle(lines: &Doubler) {
        while !lines.0.waiting.lock().unwrap().is_empty() {
            yield_now().await;
        }
    }

    fn answers(turns: Vec<Turn<Leader, u32>>) -> Vec<u32> {
        let answer = |turn| match turn {
            Turn::Done(answer) => answer,
            other => panic!("{other:?}"),
        };
        turns.into_iter().map(answer).collect()
    }

    #[tokio::test]
    async fn who_is_alone_works_alone_and_leaves_nothing_behind() {
        let lines = Doubler::new(4);
        drop(lead(&lines, 1).await);
        let (one, two) = (lead(&lines, 1).await, lead(&lines, 2).await);
        drop((one, two));
        idle(&lines).await;
    }

    #[tokio::test]
    async fn who_comes_meanwhile_is_answered_in_order_and_so_many_at_a_time() {
        static LARGEST: AtomicUsize = AtomicUsize::new(0);
        // Four, not five: statements have no such length.
        let lines = Doubler::new(5);
        let counted = async |key, requests: Vec<u32>, baton| {
            LARGEST.fetch_max(requests.len(), Ordering::Relaxed);
            double(key, requests, baton).await
        };
        let first = alone(enter(&lines, 1, 0, counted).await);
        let others = (1..=9).map(|n| enter(&lines, 1, n, double));
        let turns = behind(&lines, first, others, ready(())).await;
        assert_eq!(answers(turns), [2, 4, 6, 8, 10, 12, 14, 16, 18]);
        assert_eq!(LARGEST.load(Ordering::Relaxed), 4);
    }

    /// Lines that pass the baton on at once, and are done when they are let through.
    struct Relay {
        lines: Doubler,
        begun: Arc<AtomicUsize>,
        doors: Arc<Semaphore>,
    }

    impl Relay {
        fn new(most: usize) -> Self {
            let doors = Arc::new(Semaphore::new(0));
            Self { lines: Doubler::new(most), begun: Arc::default(), doors }
        }

        async fn enter(&self, request: u32) -> Turn<Leader, u32> {
            let (begun, doors) = (Arc::clone(&self.begun), Arc::clone(&self.doors));
            enter(&self.lines, 1, request, move |_, requests, baton| {
                begun.fetch_add(1, Ordering::Relaxed);
                drop(baton);
                let doors = Arc::clone(&doors);
                async move {
                    doors.acquire().await.unwrap().forget();
                    doubled(requests)
                }
            })
            .await
        }

        /// How many lines have begun once everything stands still.
        async fn begun(&self) -> usize {
            for _ in 0..100 {
                yield_now().await;
            }
            self.begun.load(Ordering::Relaxed)
        }
    }

    #[tokio::test]
    async fn who_passes_the_baton_on_lets_the_next_begin_but_no_third() {
        let relay = Relay::new(2);
        let first = alone(relay.enter(0).await);
        let others = (1..=8).map(|n| relay.enter(n));
        let turns = behind(&relay.lines, first, others, async {
            for begun in [2, 3, 4, 4] {
                assert_eq!(relay.begun().await, begun);
                relay.doors.add_permits(1);
            }
        });
        assert_eq!(answers(turns.await), [2, 4, 6, 8, 10, 12, 14, 16]);
    }

    #[tokio::test]
    async fn a_few_wait_for_many_even_when_they_might_begin() {
        let relay = Relay::new(4);
        let first = alone(relay.enter(0).await);
        let others = (1..=5).map(|n| relay.enter(n));
        let turns = behind(&relay.lines, first, others, async {
            // Four are at work, and one waits.
            for begun in [1, 2] {
                assert_eq!(relay.begun().await, begun);
                relay.doors.add_permits(1);
            }
        });
        assert_eq!(answers(turns.await), [2, 4, 6, 8, 10]);
    }

    #[tokio::test]
    async fn a_worker_that_breaks_down_keeps_nobody_waiting() {
        let lines = Doubler::new(4);
        let broken =
            async |_: u8, _: Vec<u32>, _| -> Vec<u32> { panic!("broken down, as intended") };
        let first = alone(enter(&lines, 1, 0, broken).await);
        let others = (1..=6).map(|n| enter(&lines, 1, n, double));
        let turns = behind(&lines, first, others, ready(())).await;
        assert!(turns.iter().all(|turn| matches!(turn, Turn::Lost)), "{turns:?}");
        // And the next one finds the place free.
        drop(lead(&lines, 1).await);
        idle(&lines).await;
    }

    #[tokio::test]
    async fn who_goes_away_takes_nobody_along() {
        let lines = Doubler::new(4);
        let first = lead(&lines, 1).await;
        let mut goner = Box::pin(enter(&lines, 1, 1, double));
        assert!(poll!(goner.as_mut()).is_pending());
        let mut other = Box::pin(enter(&lines, 1, 2, double));
        assert!(poll!(other.as_mut()).is_pending());
        drop((goner, first));
        assert!(matches!(other.await, Turn::Done(4)));
        idle(&lines).await;
    }
}
