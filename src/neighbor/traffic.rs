//! What workloads bring in a month, and what is counted of it: arrivals, their sizes, chunks, volumes of data.

use crate::units::{DataSize, Decimal, Month, Rate};
use crate::usage::{Meter, Steps};
use crate::workload::Workload;

/// What one workload brings in a month.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stream {
    pub(super) requests: Decimal,
    pub(super) payload: Option<DataSize>,
    pub(super) response: Option<DataSize>,
    pub(super) peak_to_mean: Decimal,
}

/// What all workloads of a neighbor bring in a month.
#[derive(Debug)]
pub(super) struct Traffic {
    pub(super) streams: Vec<Stream>,
    pub(super) month: Month,
}

impl Traffic {
    pub(super) fn of(workloads: &[&Workload], month: Month) -> Self {
        let stream = |workload: &&Workload| Stream {
            requests: workload.requests.per_month(month),
            payload: workload.payload,
            response: workload.response,
            peak_to_mean: workload.peak_factor(),
        };
        Self { streams: workloads.iter().map(stream).collect(), month }
    }

    /// The hours of the month, as a factor.
    pub(super) fn hours(&self) -> (Decimal, &'static str) {
        (self.month.hours(), "h")
    }

    pub(super) fn requests(&self) -> Decimal {
        self.streams.iter().map(|stream| stream.requests).sum()
    }

    /// The largest payload, where all are known: what may be said of messages that are not the workloads' own.
    fn largest_payload(&self) -> Option<DataSize> {
        self.streams.iter().map(|stream| stream.payload).try_fold(DataSize::ZERO, |most, size| Some(most.max(size?)))
    }

    /// Peak rate as a multiple of the mean, of the workload where that is largest.
    pub(super) fn peak_to_mean(&self) -> Decimal {
        self.streams.iter().map(|stream| stream.peak_to_mean).max().unwrap_or(Decimal::ONE)
    }
}

/// In how many chunks something is counted: one at least, the last one whole. Something of unknown size is one chunk, which its
/// reader is told.
///
/// Worked number: 65 KB in chunks of 64 KB are 2.
pub(super) fn chunks(size: Option<DataSize>, chunk: DataSize) -> Decimal {
    size.map_or(Decimal::ONE, |size| (size.kilobytes() / chunk.kilobytes()).ceil().max(Decimal::ONE))
}

/// How many messages, events or calls come in a month, and how large each is: as stated, or as the workloads bring them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrivals {
    /// Stated; else one for each request.
    pub(super) rate: Option<Rate>,
    /// Stated; else the payload of the request, where known.
    pub(super) size: Option<DataSize>,
    /// What they are called in the terms of the usage.
    pub(super) label: &'static str,
}

impl Arrivals {
    /// Counts of a month, each with its size.
    pub(super) fn each(&self, traffic: &Traffic) -> Vec<(Decimal, Option<DataSize>)> {
        match self.rate {
            Some(rate) => vec![(rate.per_month(traffic.month), self.size.or_else(|| traffic.largest_payload()))],
            None => traffic.streams.iter().map(|stream| (stream.requests, self.size.or(stream.payload))).collect(),
        }
    }

    /// All of a month.
    pub(super) fn count(&self, traffic: &Traffic) -> Decimal {
        self.rate.map_or_else(|| traffic.requests(), |rate| rate.per_month(traffic.month))
    }

    /// Adds one unit for each chunk of each.
    pub(super) fn add_chunks(&self, traffic: &Traffic, steps: &mut Steps, meter: &Meter, what: &'static str, chunk: DataSize) {
        for (count, size) in self.each(traffic) {
            steps.add(meter, what, &[(count, self.label), (chunks(size, chunk), "chunks each")]);
        }
    }

    /// Adds one unit for each.
    pub(super) fn add_count(&self, traffic: &Traffic, steps: &mut Steps, meter: &Meter, what: &'static str) {
        steps.add(meter, what, &[(self.count(traffic), self.label)]);
    }
}

/// Which data of a request a neighbor carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carried {
    /// What is answered.
    Response,
    /// What is asked and what is answered.
    Both,
}

impl Carried {
    /// How much that is for one request, where anything is known of it.
    pub(super) fn of(self, payload: Option<DataSize>, response: Option<DataSize>) -> Option<DataSize> {
        match (self, payload, response) {
            (Self::Response, _, response) => response,
            (Self::Both, Some(payload), Some(response)) => {
                Some(DataSize::from_gigabytes(payload.gigabytes() + response.gigabytes()))
            }
            (Self::Both, payload, response) => payload.or(response),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Response => "the response of each request",
            Self::Both => "the payload and response of each request",
        }
    }
}

/// How much data passes in a month.
#[derive(Debug, Clone, Copy)]
pub(super) enum Volume {
    /// Stated for the month.
    Month(DataSize),
    /// Stated for a request.
    PerRequest(DataSize),
    /// What each request carries.
    OfRequests(Carried),
}

impl Volume {
    /// The factors of each term in GB.
    fn terms(&self, traffic: &Traffic) -> Vec<Vec<(Decimal, &'static str)>> {
        let of_requests = |requests, size: DataSize| vec![(requests, "requests"), (size.gigabytes(), "GB each")];
        match self {
            Self::Month(size) => vec![vec![(size.gigabytes(), "GB")]],
            Self::PerRequest(size) => vec![of_requests(traffic.requests(), *size)],
            Self::OfRequests(carried) => {
                let sized = |stream: &Stream| Some((stream.requests, carried.of(stream.payload, stream.response)?));
                traffic.streams.iter().filter_map(sized).map(|(requests, size)| of_requests(requests, size)).collect()
            }
        }
    }

    /// Adds the data, times further factors.
    pub(super) fn add(
        &self,
        traffic: &Traffic,
        steps: &mut Steps,
        meter: &Meter,
        what: &'static str,
        times: &[(Decimal, &'static str)],
    ) {
        for mut factors in self.terms(traffic) {
            factors.extend_from_slice(times);
            steps.add(meter, what, &factors);
        }
    }

    /// In GB.
    pub(super) fn gigabytes(&self, traffic: &Traffic) -> Decimal {
        let product = |factors: Vec<(Decimal, &'static str)>| {
            factors.into_iter().fold(Decimal::ONE, |product, (value, _)| product.saturating_mul(value))
        };
        self.terms(traffic).into_iter().map(product).fold(Decimal::ZERO, Decimal::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_of_any_size_is_one_chunk_at_least_and_the_last_chunk_is_whole() {
        let chunk = DataSize::from_kilobytes(64);
        for (kilobytes, expected) in [(0, 1), (1, 1), (64, 1), (65, 2), (128, 2), (1024, 16)] {
            assert_eq!(chunks(Some(DataSize::from_kilobytes(kilobytes)), chunk), Decimal::from(expected), "{kilobytes} KB");
        }
        assert_eq!(chunks(None, chunk), Decimal::ONE);
    }

    #[test]
    fn an_unknown_part_of_what_is_carried_counts_as_nothing_and_nothing_known_as_unknown() {
        let (one, two) = (Some(DataSize::from_kilobytes(1)), Some(DataSize::from_kilobytes(2)));
        assert_eq!(Carried::Both.of(one, two), Some(DataSize::from_kilobytes(3)));
        assert_eq!(Carried::Both.of(one, None), one);
        assert_eq!(Carried::Both.of(None, None), None);
        assert_eq!(Carried::Response.of(one, None), None);
    }
}
