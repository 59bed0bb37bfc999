//! SQS queues: requests to send, receive and delete messages.
//!
//! Rules (SQS pricing page, 2026): every call is a request, with up to 10 messages in one; each 64 KB of what a call carries is
//! a request of its own. Lambda's pollers call too, also when the queue is empty: about 15 times a minute on an idle queue
//! (five pollers, each waiting 20 s; Lambda developer guide).
//!
//! Letters: n messages of size s; b in a call. Send: n/b × max(1, ⌈b·s / 64 KB⌉); receive the same with its own b; delete: n/b.
//! Worked number: 1,000,000 messages of 16 KB, sent one by one, received and deleted by ten: 1,000,000 + 100,000 × ⌈160/64⌉ +
//! 100,000 = 1,400,000 requests.

use super::reader::{BATCH_SIZE, Reader};
use super::traffic::{Arrivals, Traffic, chunks};
use super::{Attached, Follows, Neighbor};
use crate::settings::{Key, SettingError};
use crate::units::{DataSize, Decimal, Rate, Unit};
use crate::usage::{Meter, Steps};

pub(super) const NEIGHBOR: Neighbor = Neighbor {
    name: "sqs",
    about: "SQS queue: requests to send, receive and delete, counted for each 64 KB",
    keys: &[
        Key { name: "kind", value: "NAME", help: "standard or fifo [default: standard]" },
        Key { name: "messages", value: "RATE", help: "Messages [default: one for each request]" },
        Key { name: "message_size", value: "SIZE", help: "Size of a message [default: the workload's payload]" },
        BATCH_SIZE,
        Key { name: "send_batch_size", value: "N", help: "Messages sent in one call, up to 10 [default: 1]" },
        Key { name: "empty_receives", value: "RATE", help: "Calls that find no message [default: none]" },
        Key { name: "requests", value: "RATE", help: "Instead of messages: all calls, each of the message size" },
    ],
    follows: Follows::Requests,
    read,
};

static STANDARD: Meter = Meter::fixed("sqs.standard.requests", "SQS requests", Unit::Request);
static FIFO: Meter = Meter::fixed("sqs.fifo.requests", "SQS FIFO requests", Unit::Request);

const CHUNK: DataSize = DataSize::from_kilobytes(64);
/// Messages that one call can carry.
const MOST_IN_A_CALL: u32 = 10;

/// Messages through a queue.
#[derive(Debug)]
struct Queue {
    meter: &'static Meter,
    messages: Arrivals,
    sent_at_once: Decimal,
    received_at_once: Decimal,
    empty_receives: Option<Rate>,
}

fn read(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let meter = reader.choice("kind", &[("standard", &STANDARD), ("fifo", &FIFO)], "FIFO queues cost more")?;
    if let Some(requests) = reader.section().quantity::<Rate>("requests")? {
        let counted = ["messages", "send_batch_size", "empty_receives"];
        reader.refuse_without("`requests` to be left out, which states all calls already", &counted)?;
        let calls = Arrivals { rate: Some(requests.value), size: reader.size("message_size")?, label: "calls" };
        let batch = reader.batch()?;
        return Ok(reader.finish_batched(batch, move |traffic, steps| {
            calls.add_chunks(traffic, steps, meter, "calls", CHUNK);
        }));
    }
    let messages = reader.sized_arrivals("messages", "message_size", CHUNK)?;
    let batch = reader.batch()?;
    if batch.is_none() {
        reader.default(BATCH_SIZE.name, "1", "received and deleted in batches, messages need fewer requests and invocations");
    }
    let sent_at_once = reader.whole_number("send_batch_size", MOST_IN_A_CALL)?.unwrap_or(Decimal::ONE);
    let empty_receives = reader.section().quantity::<Rate>("empty_receives")?.map(|found| found.value);
    if empty_receives.is_none() {
        reader.none("empty_receives", "Lambda asks an idle queue about 15 times a minute, 15/min");
    }
    // A batch larger than a call can carry is collected from several.
    let received_at_once = batch.unwrap_or(Decimal::ONE).min(Decimal::from(MOST_IN_A_CALL));
    let queue = Queue { meter, messages, sent_at_once, received_at_once, empty_receives };
    Ok(reader.finish_batched(batch, move |traffic, steps| queue.add(traffic, steps)))
}

impl Queue {
    fn add(&self, traffic: &Traffic, steps: &mut Steps) {
        for (count, size) in self.messages.each(traffic) {
            let requests_of = |at_once: Decimal| {
                let size = size.map(|size| DataSize::from_gigabytes(size.gigabytes() * at_once));
                (chunks(size, CHUNK), "requests each")
            };
            let received = (count / self.received_at_once, "calls");
            steps.add(self.meter, "send", &[(count / self.sent_at_once, "calls"), requests_of(self.sent_at_once)]);
            steps.add(self.meter, "receive", &[received, requests_of(self.received_at_once)]);
            steps.add(self.meter, "delete", &[received]);
        }
        if let Some(empty) = self.empty_receives {
            steps.add(self.meter, "receive nothing", &[(empty.per_month(traffic.month), "calls")]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MILLION, error, notes, usage};

    #[test]
    fn a_message_is_sent_received_and_deleted() {
        assert_eq!(usage("sqs", &[], MILLION), ["sqs.standard.requests 3000000"]);
        assert_eq!(usage("sqs", &[("kind", "fifo")], MILLION), ["sqs.fifo.requests 3000000"]);
    }

    #[test]
    fn calls_are_counted_by_what_they_carry_together() {
        let keys = [("message_size", "16KB"), ("batch_size", "10")];
        assert_eq!(usage("sqs", &keys, MILLION), ["sqs.standard.requests 1400000"]);
        // Sent by ten as well: 100,000 × 3 + 300,000 + 100,000; a batch of 100 is collected from ten calls.
        let keys = [("message_size", "16KB"), ("batch_size", "100"), ("send_batch_size", "10")];
        assert_eq!(usage("sqs", &keys, MILLION), ["sqs.standard.requests 700000"]);
    }

    #[test]
    fn a_large_message_is_several_requests_but_one_to_delete() {
        let workload = [("requests", "1M/month"), ("payload", "128KB")];
        assert_eq!(usage("sqs", &[], &workload), ["sqs.standard.requests 5000000"]);
        let keys = [("requests", "1M/month"), ("message_size", "128KB")];
        assert_eq!(usage("sqs", &keys, MILLION), ["sqs.standard.requests 2000000"]);
        let both = [("requests", "1M/month"), ("messages", "1M/month")];
        assert!(error("sqs", &both, MILLION).contains("`messages` needs `requests` to be left out"));
    }

    #[test]
    fn an_idle_queue_is_asked_too() {
        let expected = ["sqs.standard.requests 657000"];
        assert_eq!(usage("sqs", &[("empty_receives", "15/min")], &[("requests", "0/month")]), expected);
    }

    #[test]
    fn a_batch_is_a_whole_number_within_the_limits() {
        assert!(error("sqs", &[("batch_size", "0")], MILLION).contains("whole number from 1 to 10,000"));
        assert!(error("sqs", &[("send_batch_size", "11")], MILLION).contains("from 1 to 10"));
        let said = notes("sqs", &[("batch_size", "10")], MILLION).join("\n");
        assert!(said.contains("works on them one after another"), "{said}");
    }
}
