//! Losing: who finds all servers busy is turned away and does not come back.

use statrs::function::gamma::{gamma, gamma_ur};

use super::{QueueingError, bisect, checked_load, checked_share};

/// Probability that an arriving request finds all `servers` busy and is turned away (Erlang's loss formula): Poisson
/// arrivals, any distribution of service time.
///
/// Recursion B₀ = 1, Bⱼ = a·Bⱼ₋₁ / (j + a·Bⱼ₋₁), which never overflows; `offered_load` a = arrival rate × mean service time
/// (erlangs). A. K. Erlang, 1917; the insensitivity to the service distribution is Sevastyanov's theorem.
///
/// ```
/// # use millicent::queueing::erlang_b;
/// // Five provisioned units under 0.9 requests a second of 1.991 s each: 2.6 % spill over.
/// assert!((erlang_b(5, 0.9 * 1.991) - 0.0259188).abs() < 5e-8);
/// assert_eq!(erlang_b(0, 3.0), 1.0);
/// ```
#[must_use]
pub fn erlang_b(servers: u64, offered_load: f64) -> f64 {
    erlang_b_continuous(servers as f64, offered_load)
}

/// Erlang's loss formula for 0, 1, 2, … servers, a step of the recursion each.
///
/// ```
/// # use millicent::queueing::erlang_b_upward;
/// // At one erlang: 1, 1/2, 1/5.
/// let lost: Vec<f64> = erlang_b_upward(1.0).take(3).collect();
/// assert_eq!(lost, [1.0, 0.5, 0.2]);
/// ```
pub fn erlang_b_upward(offered_load: f64) -> impl Iterator<Item = f64> {
    let mut blocking = Blocking { offered_load, servers: 0.0, lost: 1.0 };
    std::iter::once(1.0).chain(std::iter::repeat_with(move || {
        blocking.add_server();
        blocking.lost
    }))
}

/// Erlang's loss formula between whole numbers of servers: 1/B = a·∫₀^∞ e^(−a·t)·(1+t)^c dt, which is the recursion of
/// [`erlang_b`] at whole c and obeys it between them (D. L. Jagerman, 1974).
///
/// ```
/// # use millicent::queueing::erlang_b_continuous;
/// // 17.445 servers lose one request in a hundred at 10 erlangs.
/// assert!((erlang_b_continuous(17.44497, 10.0) - 0.01).abs() < 1e-7);
/// ```
#[must_use]
pub fn erlang_b_continuous(servers: f64, offered_load: f64) -> f64 {
    Blocking::at(servers, offered_load).lost
}

/// The largest offered load of which `servers` lose no more than the share `lost`.
///
/// B rises with the load and is at least 1 − c/a, so the load is between 0 and c / (1 − lost).
///
/// ```
/// # use millicent::queueing::load_for_blocking;
/// // Fifteen lines carry 8.108 erlangs if one call in a hundred may be lost.
/// assert!((load_for_blocking(15, 0.01)? - 8.108).abs() < 5e-4);
/// # Ok::<(), millicent::queueing::QueueingError>(())
/// ```
///
/// # Errors
/// When the share is none.
pub fn load_for_blocking(servers: u64, lost: f64) -> Result<f64, QueueingError> {
    let lost = checked_share("share lost", lost)?;
    let most = checked_load(servers as f64 / (1.0 - lost))?;
    Ok(bisect(0.0, most, |offered_load| lost <= erlang_b(servers, offered_load)))
}

/// The fewest servers that lose no more than the share `lost` of the offered load.
///
/// ```
/// # use millicent::queueing::servers_for_blocking;
/// // 50 requests a second of 0.1 s: eleven servers lose at most 1 %.
/// assert_eq!(servers_for_blocking(50.0 * 0.1, 0.01)?, 11);
/// # Ok::<(), millicent::queueing::QueueingError>(())
/// ```
///
/// # Errors
/// When the load or the share is none.
pub fn servers_for_blocking(offered_load: f64, lost: f64) -> Result<u64, QueueingError> {
    let (offered_load, lost) = (checked_load(offered_load)?, checked_share("share lost", lost)?);
    // c servers serve no more than c erlangs, so at least a·(1 − lost) are needed.
    let mut blocking = Blocking::before((offered_load * (1.0 - lost)).floor(), offered_load);
    while lost < blocking.lost {
        blocking.add_server();
    }
    Ok(blocking.servers as u64)
}

/// One point of Erlang's recursion.
#[derive(Debug, Clone, Copy)]
pub(super) struct Blocking {
    offered_load: f64,
    /// How many servers there are; may be no whole number.
    pub(super) servers: f64,
    /// The share of the requests that they lose.
    pub(super) lost: f64,
}

/// From this load on the recursion need not start at no servers.
const LARGE_LOAD: f64 = 100.0;

impl Blocking {
    /// A point of the recursion a whole number of steps before `servers`, or at it.
    ///
    /// The recursion forgets where it started: one step multiplies an error by about c/a. So under a large load it may start
    /// 10·√a servers below the smaller of c and a, below zero as well, from B ≈ 1 − c/a, which is right to a few percent
    /// there: ten deviations later the error has fallen by e^(−10²/2), far below a double's last digit. The number of
    /// steps is then a multiple of √a and not of c.
    ///
    /// A small load starts at the fraction f of the servers, 0 ≤ f < 1: B = a^f·e^(−a) / Γ(f + 1, a).
    pub(super) fn before(servers: f64, offered_load: f64) -> Self {
        if LARGE_LOAD <= offered_load {
            let steps = (servers - servers.min(offered_load) + 10.0 * offered_load.sqrt()).ceil();
            return Self { offered_load, servers: servers - steps, lost: 1.0 - (servers - steps) / offered_load };
        }
        let fraction = servers.fract();
        let lost = if fraction <= 0.0 {
            1.0
        } else {
            let upper_gamma = gamma(fraction + 1.0) * gamma_ur(fraction + 1.0, offered_load);
            offered_load.powf(fraction) * (-offered_load).exp() / upper_gamma
        };
        Self { offered_load, servers: fraction, lost }
    }

    /// The recursion at `servers`.
    pub(super) fn at(servers: f64, offered_load: f64) -> Self {
        let mut blocking = Self::before(servers, offered_load);
        for _ in 0..(servers - blocking.servers).round() as u64 {
            // Below the smallest number a double can hold, more servers change nothing.
            if blocking.lost <= 0.0 {
                break;
            }
            blocking.add_server();
        }
        Self { servers, ..blocking }
    }

    /// One server more: Bⱼ = a·Bⱼ₋₁ / (j + a·Bⱼ₋₁).
    pub(super) fn add_server(&mut self) {
        self.servers += 1.0;
        self.lost = self.offered_load * self.lost / (self.servers + self.offered_load * self.lost);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 15 digits of a computation with 40.
    #[test]
    fn erlang_b_agrees_with_the_high_precision_table() {
        for (servers, load, expected) in [
            (1, 1.0, 0.5),
            (2, 1.0, 0.2),
            (10, 5.0, 0.0183845703366481),
            (15, 8.108, 0.00999963194259877),
            (20, 12.03, 0.00999586791306609),
            (100, 84.06, 0.00999170258802648),
            (100, 100.0, 0.0757004527108610),
            (1000, 950.0, 0.00364929368894241),
            (10_000, 10_000.0, 0.00793656324880567),
        ] {
            let got = erlang_b(servers, load);
            assert!((got / expected - 1.0).abs() < 2e-14, "B({servers}, {load}) = {got}");
        }
    }

    /// Computed independently and confirmed by a simulation of 3·10⁷ requests.
    #[test]
    fn erlang_b_agrees_with_a_simulation() {
        for (servers, rate, service, expected) in
            [(6, 10.0, 0.2, 0.0120846), (20, 100.0, 0.1, 0.00186905), (50, 50.0, 1.0, 0.10479)]
        {
            let got = erlang_b(servers, rate * service);
            assert!((got - expected).abs() < 5e-6, "B({servers}, {}) = {got}", rate * service);
        }
    }

    #[test]
    fn published_points_between_whole_servers_are_met() {
        for (servers, load, step) in [(17.44497, 10.0, 5e-6), (24.4889, 15.7, 5e-5)] {
            assert!(0.01 < erlang_b_continuous(servers - step, load), "{servers}");
            assert!(erlang_b_continuous(servers + step, load) < 0.01, "{servers}");
        }
    }

    #[test]
    fn the_capacity_table_is_met_to_its_digits() {
        for (servers, lost, load) in [
            (10, 0.001, 3.09204),
            (10, 0.01, 4.46118),
            (10, 0.05, 6.21571),
            (20, 0.01, 12.0306),
            (20, 0.02, 13.1815),
            (50, 0.001, 32.5119),
            (50, 0.02, 40.2551),
            (50, 0.05, 44.5331),
            (100, 0.001, 75.2420),
            (100, 0.01, 84.0642),
            (100, 0.05, 95.2404),
        ] {
            let got = load_for_blocking(servers, lost).unwrap();
            // Six digits.
            assert!((got / load - 1.0).abs() < 1e-5, "{servers} servers at {lost}: {got}");
        }
    }

    #[test]
    fn the_fewest_servers_for_a_share_lost_are_those_of_the_table() {
        for (load, one_percent, one_per_mille) in [(5.0, 11, 14), (20.0, 30, 35), (200.0, 221, 238)] {
            assert_eq!(servers_for_blocking(load, 0.01), Ok(one_percent));
            assert_eq!(servers_for_blocking(load, 0.001), Ok(one_per_mille));
        }
        assert_eq!(servers_for_blocking(1.0, 0.5), Ok(1));
        assert_eq!(servers_for_blocking(0.0, 0.5), Ok(1));
    }

    #[test]
    fn what_is_no_load_or_no_share_is_refused() {
        for (load, lost) in [(-1.0, 0.1), (f64::NAN, 0.1), (f64::INFINITY, 0.1), (1.0, 0.0), (1.0, 1.0), (1.0, f64::NAN)] {
            assert!(matches!(servers_for_blocking(load, lost), Err(QueueingError::OutOfRange { .. })), "{load} {lost}");
        }
        assert!(load_for_blocking(3, 1.5).is_err());
    }

    #[test]
    fn a_hundred_thousand_servers_take_some_thousand_steps() {
        assert!(1e5 - Blocking::before(1e5, 1e5).servers < 3200.0);
        let lost = erlang_b(100_000, 1e5);
        assert!((lost / from_no_server(100_000, 1e5) - 1.0).abs() < 1e-12, "{lost}");
    }

    fn from_no_server(servers: u64, load: f64) -> f64 {
        (1..=servers).fold(1.0, |lost, server| load * lost / (server as f64 + load * lost))
    }

    /// I₀ = 1, Iⱼ = 1 + Iⱼ₋₁·j/a, B = 1/I.
    fn by_the_inverse_recursion(servers: u64, load: f64) -> f64 {
        1.0 / (1..=servers).fold(1.0, |inverse, server| 1.0 + inverse * server as f64 / load)
    }

    proptest! {
        #[test]
        fn starting_late_and_the_inverse_recursion_change_nothing(servers in 0_u64..5_000, load in 0.01_f64..5_000.0) {
            let got = erlang_b(servers, load);
            prop_assert!((got - from_no_server(servers, load)).abs() <= 1e-12 * got + 1e-300);
            let inverse = by_the_inverse_recursion(servers, load);
            prop_assert!((got - inverse).abs() <= 1e-11 * got + 1e-300, "{got} {inverse}");
        }

        #[test]
        fn less_is_lost_with_more_servers_and_more_with_more_load(servers in 0.0_f64..2_000.0, load in 0.1_f64..2_000.0) {
            let lost = erlang_b_continuous(servers, load);
            prop_assume!(1e-300 < lost);
            prop_assert!(erlang_b_continuous(servers + 0.25, load) < lost);
            prop_assert!(lost <= erlang_b_continuous(servers, load * 1.01));
            prop_assert!(1.0 - servers / load <= lost + 1e-12);
        }

        #[test]
        fn far_too_much_load_loses_all_but_what_the_servers_can_do(servers in 1_u64..500) {
            let load = servers as f64 * 1e4;
            prop_assert!((erlang_b(servers, load) - (1.0 - servers as f64 / load)).abs() < 1e-7);
        }

        #[test]
        fn the_inverses_undo_the_formula(servers in 1_u64..3_000, lost in 0.0001_f64..0.9) {
            let load = load_for_blocking(servers, lost).unwrap();
            prop_assert!((erlang_b(servers, load) / lost - 1.0).abs() < 1e-9);
            prop_assert_eq!(servers_for_blocking(load * (1.0 - 1e-9), lost), Ok(servers));
        }
    }
}
