//! Calls in the order of their start, from a file that is nearly in that order.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, VecDeque};

use super::Call;

/// Calls that wait until no earlier one can follow.
///
/// A call that starts no earlier than all before it joins a queue, and costs nothing; only others pass through the heap.
#[derive(Debug)]
pub(super) struct Reorder {
    window_s: f64,
    newest_s: f64,
    in_order: VecDeque<Call>,
    overtaken: BinaryHeap<Reverse<Overtaken>>,
    overtaken_count: u64,
    ended: bool,
}

/// A call that started before one that came earlier in the file.
#[derive(Debug)]
struct Overtaken {
    call: Call,
    /// Equal starts keep the order of the file.
    place: u64,
}

impl Ord for Overtaken {
    fn cmp(&self, other: &Self) -> Ordering {
        self.call.at_s.total_cmp(&other.call.at_s).then(self.place.cmp(&other.place))
    }
}

impl PartialOrd for Overtaken {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Overtaken {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Overtaken {}

impl Reorder {
    pub(super) fn new(window_s: f64) -> Self {
        Self {
            window_s: window_s.max(0.0),
            newest_s: f64::NEG_INFINITY,
            in_order: VecDeque::new(),
            overtaken: BinaryHeap::new(),
            overtaken_count: 0,
            ended: false,
        }
    }

    /// Adds a call; the latest start so far when it comes too late to be put into order.
    #[inline]
    pub(super) fn push(&mut self, call: Call) -> Result<(), f64> {
        if self.newest_s <= call.at_s {
            self.newest_s = call.at_s;
            self.in_order.push_back(call);
            return Ok(());
        }
        if call.at_s < self.newest_s - self.window_s {
            return Err(self.newest_s);
        }
        self.overtaken_count += 1;
        self.overtaken.push(Reverse(Overtaken { call, place: self.overtaken_count }));
        Ok(())
    }

    pub(super) fn window_s(&self) -> f64 {
        self.window_s
    }

    /// No further call comes: those that wait need not.
    pub(super) fn end(&mut self) {
        self.ended = true;
    }

    /// The next call in order, once no earlier one can follow.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<Call> {
        let front_s = self.in_order.front().map_or(f64::INFINITY, |call| call.at_s);
        let overtaken_s = self.overtaken.peek().map_or(f64::INFINITY, |Reverse(first)| first.call.at_s);
        // Of equal starts, the one in the queue came first: later ones found a later call at its end.
        let first_s = front_s.min(overtaken_s);
        if !self.ended && first_s > self.newest_s - self.window_s {
            return None;
        }
        if front_s <= overtaken_s { self.in_order.pop_front() } else { self.overtaken.pop().map(|Reverse(first)| first.call) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trace::FunctionId;

    proptest! {
        #[test]
        fn what_is_displaced_by_the_window_at_most_comes_out_sorted_and_stable(
            starts in prop::collection::vec((0..500_u32, 0..20_u32), 0..200),
        ) {
            // In the order of a time that is up to 20 s after the start: as calls are logged at their end.
            let mut logged: Vec<(u32, u32)> = starts.iter().map(|(start, length)| (start + length, *start)).collect();
            logged.sort_by_key(|(end, _)| *end);
            let mut reorder = Reorder::new(20.0);
            let mut out = Vec::new();
            for (place, (_, start)) in logged.iter().enumerate() {
                let call = Call { function: FunctionId(place as u32), at_s: f64::from(*start), duration_s: None, line: 1 };
                prop_assert_eq!(reorder.push(call), Ok(()));
                while let Some(call) = reorder.pop() {
                    out.push(call);
                }
            }
            reorder.end();
            out.extend(std::iter::from_fn(|| reorder.pop()));
            let placed = logged.iter().enumerate().map(|(place, (_, start))| (*start, place as u32));
            let mut expected: Vec<(u32, u32)> = placed.collect();
            expected.sort_unstable();
            let out: Vec<(u32, u32)> = out.iter().map(|call| (call.at_s as u32, call.function.0)).collect();
            prop_assert_eq!(out, expected);
        }
    }

    #[test]
    fn no_more_than_a_window_is_held() {
        let mut reorder = Reorder::new(10.0);
        for second in 0..100_000 {
            reorder.push(Call { function: FunctionId(0), at_s: f64::from(second), duration_s: None, line: 1 }).unwrap();
            while reorder.pop().is_some() {}
            assert!(reorder.in_order.len() <= 11);
        }
        assert_eq!(reorder.push(Call { function: FunctionId(0), at_s: 5.0, duration_s: None, line: 1 }), Err(99_999.0));
    }
}
