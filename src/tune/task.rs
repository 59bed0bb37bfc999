//! Tasks that ask and wait: how straight-line code becomes a state machine that does nothing itself.
//!
//! A task is an `async` function that the compiler turns into states. Here is the other half: a desk where tasks lay their
//! actions and pick up the outcomes. Nobody wakes a task; after each outcome all of them are looked at again, until none gets
//! any further. There is no thread, no clock and no I/O in it, so the same outcomes always lead to the same actions.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::action::{Action, Outcome};

/// Connects an action with its outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

/// A part of the work.
pub(super) type Task<'t, T = ()> = Pin<Box<dyn Future<Output = T> + 't>>;

/// Where actions are asked for and outcomes arrive.
#[derive(Debug, Default, Clone)]
pub(super) struct Desk {
    now: Rc<Cell<Duration>>,
    tickets: Rc<Cell<u64>>,
    asked: Rc<RefCell<VecDeque<(Ticket, Action)>>>,
    arrived: Rc<RefCell<BTreeMap<Ticket, Outcome>>>,
    /// The next moment at which a sleeping task wants to be looked at.
    next_alarm: Rc<Cell<Option<Duration>>>,
    /// Counts what changed, so that tasks are looked at until nothing does.
    changes: Rc<Cell<u64>>,
}

impl Desk {
    /// Time since the run began.
    pub(super) fn now(&self) -> Duration {
        self.now.get()
    }

    /// Says that something changed that another task may wait for.
    pub(super) fn changed(&self) {
        self.changes.set(self.changes.get() + 1);
    }

    /// Lays down an action and waits for its outcome.
    pub(super) async fn act(&self, action: Action) -> Outcome {
        let ticket = self.ask(action);
        self.outcome(ticket).await
    }

    /// Lays down an action.
    pub(super) fn ask(&self, action: Action) -> Ticket {
        let ticket = Ticket(self.tickets.get());
        self.tickets.set(ticket.0 + 1);
        self.asked.borrow_mut().push_back((ticket, action));
        self.changed();
        ticket
    }

    /// Waits for the outcome of an action.
    pub(super) async fn outcome(&self, ticket: Ticket) -> Outcome {
        loop {
            // Without a deadline the wait ends with the outcome.
            if let Some(outcome) = self.outcome_until(ticket, || None).await {
                return outcome;
            }
        }
    }

    /// Waits for the outcome of an action, but not beyond the moment that `deadline` names, if it names one.
    pub(super) async fn outcome_until(&self, ticket: Ticket, deadline: impl Fn() -> Option<Duration>) -> Option<Outcome> {
        poll_fn(|_| {
            if let Some(outcome) = self.arrived.borrow_mut().remove(&ticket) {
                self.changed();
                return Poll::Ready(Some(outcome));
            }
            match deadline().map(|moment| self.reached(moment)) {
                Some(Poll::Ready(())) => Poll::Ready(None),
                _ => Poll::Pending,
            }
        })
        .await
    }

    /// Waits until a moment.
    pub(super) async fn sleep_until(&self, moment: Duration) {
        poll_fn(|_| self.reached(moment)).await;
    }

    /// Waits for some time.
    pub(super) async fn sleep(&self, time: Duration) {
        self.sleep_until(self.now() + time).await;
    }

    /// Whether a moment is reached; if not, an alarm is set for it.
    pub(super) fn reached(&self, moment: Duration) -> Poll<()> {
        if self.now() >= moment {
            self.changed();
            return Poll::Ready(());
        }
        let earlier = self.next_alarm.get().is_none_or(|alarm| moment < alarm);
        if earlier {
            self.next_alarm.set(Some(moment));
        }
        Poll::Pending
    }

    /// Waits until `condition` gives something.
    pub(super) async fn until<T>(&self, mut condition: impl FnMut() -> Option<T>) -> T {
        poll_fn(|_| match condition() {
            Some(value) => {
                self.changed();
                Poll::Ready(value)
            }
            None => Poll::Pending,
        })
        .await
    }

    /// Takes the next action that was asked for.
    pub(super) fn take_asked(&self) -> Option<(Ticket, Action)> {
        self.asked.borrow_mut().pop_front()
    }

    /// Lays down an outcome. One that nobody waits for any more is kept and never read.
    pub(super) fn arrive(&self, ticket: Ticket, outcome: Outcome) {
        self.arrived.borrow_mut().insert(ticket, outcome);
    }

    /// The next moment at which something happens without an outcome.
    pub(super) fn next_alarm(&self) -> Option<Duration> {
        self.next_alarm.get()
    }

    /// Looks at a task until it gets no further; its result, when it is done.
    pub(super) fn advance<T>(&self, task: &mut Task<'_, T>, now: Duration) -> Option<T> {
        self.now.set(now);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            let before = self.changes.get();
            self.next_alarm.set(None);
            if let Poll::Ready(result) = task.as_mut().poll(&mut context) {
                return Some(result);
            }
            if self.changes.get() == before {
                return None;
            }
        }
    }
}

/// Runs tasks side by side until all are done; looked at in their order, so that runs repeat.
pub(super) async fn all(tasks: Vec<Task<'_>>) {
    let mut tasks: Vec<Option<Task<'_>>> = tasks.into_iter().map(Some).collect();
    poll_fn(|context| {
        for slot in &mut tasks {
            if slot.as_mut().is_some_and(|task| task.as_mut().poll(context).is_ready()) {
                *slot = None;
            }
        }
        if tasks.iter().all(Option::is_none) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read() -> Action {
        Action::ReadFunction { qualifier: None }
    }

    #[test]
    fn a_task_stops_at_each_action_and_goes_on_with_its_outcome() {
        let desk = Desk::default();
        let own = desk.clone();
        let mut task: Task<'_, Outcome> = Box::pin(async move {
            own.act(read()).await;
            own.sleep(Duration::from_secs(2)).await;
            own.act(Action::ListVersions).await
        });
        assert_eq!(desk.advance(&mut task, Duration::ZERO), None);
        let (first, action) = desk.take_asked().unwrap();
        assert_eq!((action, desk.take_asked()), (read(), None));
        desk.arrive(first, Outcome::Done);
        assert_eq!(desk.advance(&mut task, Duration::from_secs(1)), None);
        assert_eq!((desk.take_asked(), desk.next_alarm()), (None, Some(Duration::from_secs(3))));
        assert_eq!(desk.advance(&mut task, Duration::from_secs(3)), None);
        let (second, action) = desk.take_asked().unwrap();
        assert_eq!(action, Action::ListVersions);
        desk.arrive(second, Outcome::Done);
        assert_eq!(desk.advance(&mut task, Duration::from_secs(3)), Some(Outcome::Done));
    }

    #[test]
    fn what_a_later_task_changes_is_seen_by_an_earlier_one_in_the_same_look() {
        let desk = Desk::default();
        let open = Cell::new(false);
        let (waiting, opening) = (desk.clone(), desk.clone());
        let open = &open;
        let mut task: Task<'_> = Box::pin(all(vec![
            Box::pin(async move { waiting.until(|| open.get().then_some(())).await }),
            Box::pin(async move {
                open.set(true);
                opening.changed();
            }),
        ]));
        assert_eq!(desk.advance(&mut task, Duration::ZERO), Some(()));
    }
}
