//! Where two straight lines meet.

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
