//! Where a fleet grows: the steps that are known tell the next one.

use crate::units::Decimal;

/// So many steps are taken one by one; more are halved first, since most are out of question then.
const STEPS_IN_A_ROW: Decimal = Decimal::from_parts(4, 0, 0, false, 0);

/// A step of a fleet that was found: instance-hours before it, how many it adds, and where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) before: Decimal,
    pub(super) added: Decimal,
    pub(super) at: Decimal,
}

/// The place where a fleet leaves `before` instance-hours, by the steps that are known: one says that places are proportional
/// to instances, two draw a line.
pub(super) fn expected_step(known: &[Step], before: Decimal, after: Decimal) -> Option<Decimal> {
    let last = known.last()?;
    if after <= before || last.added * STEPS_IN_A_ROW < after - before {
        return None;
    }
    match known {
        [first, last] if first.before != last.before => {
            let pace = (last.at - first.at) / (last.before - first.before);
            Some(last.at + (before - last.before) * pace)
        }
        _ => Some(last.at * (before / last.before)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_steps_tell_the_next_one() {
        let step = |before: u32, at: u32| Step { before: before.into(), added: Decimal::from(730), at: at.into() };
        let next = |known: &[Step], before: u32| {
            expected_step(known, before.into(), Decimal::from(before + 730)).map(|at| at.round_dp(9).normalize().to_string())
        };
        assert_eq!(next(&[step(730, 500)], 2190), Some("1500".to_owned()));
        // With one to spare, the first step is at two instances.
        assert_eq!(next(&[step(1460, 500), step(2190, 1000)], 2920), Some("1500".to_owned()));
        assert_eq!(next(&[], 730), None);
    }
}
