//! Generated traffic replayed, and once more with other seeds where its rate moves.

use super::Settings;
use super::design::Ready;
use super::run::Run;
use crate::note::Note;
use crate::replay::Call;
use crate::stats::Random;
use crate::traffic::Pattern;

/// So many replays with other seeds say how well a replay of moving traffic is known: Student's t of five is 2.8, of many 2.0.
const FURTHER: u64 = 5;
/// More calls than that take seconds.
const MOST_FURTHER_CALLS: u64 = 20_000_000;

impl Ready {
    /// Where the rate moves, intervals come from further replays, unless those would take too long.
    pub(super) fn on_pattern(&self, burst: Option<&Self>, pattern: &Pattern, settings: &Settings) -> Run {
        let mut run = self.on_pattern_with(settings.seed, burst, pattern, settings);
        if pattern.is_steady() {
            return run;
        }
        if MOST_FURTHER_CALLS < run.totals.arrived * FURTHER {
            run.notes.push(Note::assumption(format!(
                "the traffic moves, and intervals by batch means take all its parts for alike: they may be too wide, or too narrow where bursts are long (up to {} million calls are replayed with other seeds instead: shorten `lasts`)",
                MOST_FURTHER_CALLS / FURTHER / 1_000_000
            )));
            return run;
        }
        // Far from each other, because a replay uses neighboring seeds.
        let seeds = (1..=FURTHER).map(|further| settings.seed.wrapping_add(further << 32));
        let further = seeds.map(|seed| self.on_pattern_with(seed, burst, pattern, settings).recorder.total());
        run.recorder.compare_with(further.collect());
        run
    }

    /// Calls are drawn from the seed, and how long they take from the next: all designs meet the same.
    fn on_pattern_with(&self, seed: u64, burst: Option<&Self>, pattern: &Pattern, settings: &Settings) -> Run {
        let horizon_s = settings.horizon_for(pattern.mean_per_s());
        let mut random = Random::from_seed(seed.wrapping_add(1));
        let arrivals = pattern.arrivals(seed).until(horizon_s);
        let calls = arrivals.map(|at_s| Call { at_s, duration_s: self.durations.draw_s(&mut random) });
        self.replay(burst, calls, horizon_s, seed)
    }
}
