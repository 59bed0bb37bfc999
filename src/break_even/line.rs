//! Where straight lines meet, and which of them is the lowest.

use super::search::Leader;
use crate::units::Decimal;

/// A curve between two places where it is affine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub(super) option: usize,
    pub(super) start: Decimal,
    pub(super) end: Decimal,
}

impl Line {
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        self.start == other.start && self.end == other.end
    }

    /// Where `other`, if it starts above and ends below, meets this one, as a share of the way: d₀ / (d₀ − d₁), d the
    /// difference at the start and at the end. 3 → 5 meets 4 → 4 half way: 1 / (1 + 1).
    pub(super) fn meets(&self, other: &Self) -> Option<Decimal> {
        let (start, end) = (other.start - self.start, other.end - self.end);
        (Decimal::ZERO <= start && end < Decimal::ZERO).then(|| start / (start - end))
    }
}

/// The lower envelope of lines, as the share of the way from which on each leads: from the cheapest at the start, always on to
/// the line that is met first.
pub(super) fn envelope(lines: &[Line]) -> Vec<(Decimal, Leader)> {
    let mut share = Decimal::ZERO;
    let Some(mut leader) = lines.iter().copied().min_by_key(|line| (line.start, line.end)) else {
        return vec![(share, Leader::Nobody)];
    };
    let mut led = Vec::new();
    loop {
        let tied = lines.iter().any(|line| line.is_same_as(&leader) && line.option != leader.option);
        led.push((share, if tied { Leader::Tied } else { Leader::Only(leader.option) }));
        let meetings = lines.iter().filter_map(|line| Some((leader.meets(line)?, line)));
        let next = meetings.filter(|(at, _)| share <= *at).min_by_key(|(at, line)| (*at, line.end));
        let Some((at, line)) = next else { return led };
        (share, leader) = (at, *line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_meet_where_the_one_above_comes_below() {
        let line = |start: u32, end: u32| Line { option: 0, start: start.into(), end: end.into() };
        assert_eq!(line(3, 5).meets(&line(4, 4)), Some(Decimal::new(5, 1)));
        assert_eq!(line(3, 5).meets(&line(4, 6)), None);
        assert_eq!(line(3, 5).meets(&line(2, 6)), None);
    }
}
