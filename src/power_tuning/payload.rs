//! The events that are sent: one for every call, or several with weights.
//!
//! A payload is never part of an error's text: it may hold secrets.

use serde::de::IgnoredAny;
use serde_json::Value;

use super::PowerTuningError;
use super::percent::percent_decoded;

/// What the calls of a memory size are given.
#[derive(Debug, Clone, PartialEq)]
pub enum Payloads {
    /// Every call the same.
    Same(Value),
    /// Each payload in its share of the calls.
    Weighted(Vec<WeightedPayload>),
}

/// A payload with its weight.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightedPayload {
    /// Any JSON that is not 0, empty, false or null.
    pub payload: Value,
    /// A positive number, relative to the other weights.
    pub weight: f64,
}

impl Payloads {
    /// A list in which every element has a `payload` and a `weight` is weighted payloads; everything else is one event.
    ///
    /// # Errors
    /// When only some elements have both, or a weight is no positive number.
    pub fn of_value(value: Value) -> Result<Self, PowerTuningError> {
        let Value::Array(elements) = &value else { return Ok(Self::Same(value)) };
        let part = |element: &Value, key: &str| element.get(key).is_some_and(is_truthy);
        let is_weighted = |element: &Value| part(element, "payload") && part(element, "weight");
        let looks_weighted =
            |element: &Value| is_weighted(element) || (element.get("payload").is_some() && element.get("weight").is_some());
        match elements.iter().position(|element| !is_weighted(element)) {
            Some(index) if elements.iter().any(looks_weighted) => Err(PowerTuningError::MixedPayloads { element: index + 1 }),
            Some(_) => Ok(Self::Same(value)),
            None if elements.is_empty() => Ok(Self::Same(value)),
            None => {
                let weighted = elements.iter().enumerate().map(|(index, element)| weighted(index, element));
                weighted.collect::<Result<_, _>>().map(Self::Weighted)
            }
        }
    }

    /// The content of a file or an S3 object: JSON if it is JSON, else one text.
    ///
    /// # Errors
    /// As [`Payloads::of_value`].
    pub fn of_text(text: &str) -> Result<Self, PowerTuningError> {
        Self::of_value(serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned())))
    }

    /// How many of `calls` each payload gets from the tool: ⌊w · n / Σw⌋, with w its weight and n the calls; the last one gets
    /// what is left, so equal weights are not equal. Calls come in blocks, in the order of the list.
    ///
    /// ```
    /// # use millicent::power_tuning::Payloads;
    /// let payloads = Payloads::of_text(r#"[{"payload": "a", "weight": 1}, {"payload": "b", "weight": 1}, {"payload": "c", "weight": 1}]"#)?;
    /// assert_eq!(payloads.block_counts(20)?, [6, 6, 8]);
    /// # Ok::<(), millicent::power_tuning::PowerTuningError>(())
    /// ```
    ///
    /// # Errors
    /// When a payload gets none.
    pub fn block_counts(&self, calls: u32) -> Result<Vec<u32>, PowerTuningError> {
        let Self::Weighted(payloads) = self else { return Ok(vec![calls]) };
        let total = payloads.iter().fold(0.0, |total, payload| total + payload.weight);
        let mut counts = Vec::with_capacity(payloads.len());
        for (index, WeightedPayload { weight, .. }) in payloads.iter().enumerate() {
            let count = (weight * f64::from(calls) / total).floor();
            if count < 1.0 {
                let (percent, needed) = (format!("{:.3}", weight / total * 100.0), (total / weight).ceil() as u64);
                return Err(PowerTuningError::TooFewCalls { element: index + 1, percent, calls, needed });
            }
            counts.push(count as u32);
        }
        let before_last: u32 = counts.iter().rev().skip(1).sum();
        if let Some(last) = counts.last_mut() {
            *last = calls.saturating_sub(before_last);
        }
        Ok(counts)
    }
}

fn weighted(index: usize, element: &Value) -> Result<WeightedPayload, PowerTuningError> {
    let (payload, weight) = (element["payload"].clone(), &element["weight"]);
    match weight.as_f64() {
        Some(weight) if weight > 0.0 => Ok(WeightedPayload { payload, weight }),
        _ => Err(PowerTuningError::Weight { element: index + 1, found: shortened(weight) }),
    }
}

/// Whether JavaScript takes a value as true: everything but null, false, zero and the empty text.
pub(super) fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

/// A value as JSON, but not a whole page of it.
pub(super) fn shortened(value: &Value) -> String {
    let json = value.to_string();
    let mut shown: String = json.chars().take(60).collect();
    if shown.len() < json.len() {
        shown.push('…');
    }
    shown
}

/// What is sent for a payload: a text that is JSON as it is, every other text in quotes, everything else as JSON.
///
/// ```
/// # use millicent::power_tuning::payload_bytes;
/// # use serde_json::json;
/// assert_eq!(payload_bytes(&json!("hello")), br#""hello""#);
/// assert_eq!(payload_bytes(&json!("{\"order\": 1}")), br#"{"order": 1}"#);
/// assert_eq!(payload_bytes(&json!({"order": 1})), br#"{"order":1}"#);
/// ```
#[must_use]
pub fn payload_bytes(payload: &Value) -> Vec<u8> {
    match payload {
        Value::String(text) if serde_json::from_str::<IgnoredAny>(text).is_ok() => text.clone().into_bytes(),
        _ => payload.to_string().into_bytes(),
    }
}

/// Where a payload lies in S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Object {
    /// The bucket, in lower case.
    pub bucket: String,
    /// The key, decoded.
    pub key: String,
}

impl S3Object {
    /// From `s3://bucket/key`, in which the key may be percent-encoded.
    ///
    /// # Errors
    /// When it is not so written.
    pub fn of_address(address: &str) -> Result<Self, PowerTuningError> {
        let parts = address.strip_prefix("s3://").and_then(|path| path.split_once('/'));
        let object = parts.and_then(|(bucket, key)| Some(Self { bucket: bucket.to_lowercase(), key: percent_decoded(key)? }));
        object.filter(|object| !object.bucket.is_empty() && !object.key.is_empty()).ok_or_else(|| PowerTuningError::Setting {
            key: "payloadS3".to_owned(),
            found: shortened(&Value::from(address)),
            expected: "an address such as \"s3://bucket/key\" (a percent sign in a key is written %25)".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn weights(weights: &[f64]) -> Payloads {
        Payloads::Weighted(weights.iter().map(|weight| WeightedPayload { payload: json!({}), weight: *weight }).collect())
    }

    #[test]
    fn calls_are_shared_and_the_last_payload_takes_the_rest() {
        let equal = |count| vec![1.0; count];
        for (shares, calls, expected) in [
            (vec![10.0, 30.0, 60.0], 10, vec![1, 3, 6]),
            (vec![5.0, 15.0, 30.0], 100, vec![10, 30, 60]),
            (equal(3), 100, vec![33, 33, 34]),
            (equal(3), 20, vec![6, 6, 8]),
            (equal(4), 23, vec![5, 5, 5, 8]),
            (equal(5), 54, vec![10, 10, 10, 10, 14]),
            (equal(26), 30, [vec![1; 25], vec![5]].concat()),
            (vec![0.1, 0.2], 5, vec![1, 4]),
            (vec![3.0], 7, vec![7]),
        ] {
            assert_eq!(weights(&shares).block_counts(calls), Ok(expected), "{shares:?}");
        }
        assert_eq!(Payloads::Same(json!(null)).block_counts(7), Ok(vec![7]));
    }

    #[test]
    fn a_payload_without_a_call_is_refused() {
        for (shares, calls, part) in [
            (vec![1.0, 1.0, 1.0], 2, "payload 1 has 33.333 % of the weight and gets none of 2 calls (`num` must be at least 3)"),
            (vec![99.0, 1.0], 50, "payload 2 has 1.000 % of the weight and gets none of 50 calls (`num` must be at least 100)"),
        ] {
            let error = weights(&shares).block_counts(calls).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        assert_eq!(weights(&[99.0, 1.0]).block_counts(100), Ok(vec![99, 1]));
    }

    #[test]
    fn a_list_is_weighted_or_one_event_but_never_both() {
        let weighted = json!([{"payload": {}, "weight": 1, "name": "x"}, {"payload": "x", "weight": 2.5}]);
        let Payloads::Weighted(payloads) = Payloads::of_value(weighted).unwrap() else { panic!() };
        assert_eq!(payloads[1], WeightedPayload { payload: json!("x"), weight: 2.5 });
        for event in
            [json!([]), json!([1, 2]), json!([{"weight": 3}, {"payload": 1}]), json!({"payload": 1, "weight": 1}), json!(7)]
        {
            assert_eq!(Payloads::of_value(event.clone()), Ok(Payloads::Same(event)));
        }
        for (mixed, element) in [
            (json!([{"payload": {}, "weight": 1}, {"payload": {}, "wieght": 1}]), 2),
            (json!([{"payload": {}, "weight": 1}, 5]), 2),
            (json!([{"payload": null, "weight": 1}]), 1),
            (json!([{"payload": {}, "weight": 1}, {"payload": {}, "weight": 2}, {"payload": {}, "weight": 0}]), 3),
        ] {
            let error = Payloads::of_value(mixed).unwrap_err();
            assert_eq!(error, PowerTuningError::MixedPayloads { element });
            assert!(error.to_string().contains("the whole list as one event"), "{error}");
        }
        for weight in [json!("30"), json!(-1), json!(true), json!({})] {
            let error = Payloads::of_value(json!([{"payload": {}, "weight": weight}])).unwrap_err().to_string();
            assert!(error.contains("must be a positive number"), "{error}");
        }
    }

    #[test]
    fn texts_are_quoted_once() {
        for (payload, sent) in [
            (json!("hello"), r#""hello""#),
            (json!(r#""hello""#), r#""hello""#),
            (json!(r#"{"order": 1}"#), r#"{"order": 1}"#),
            (json!("[1, 2]"), "[1, 2]"),
            (json!("17"), "17"),
            (json!("null"), "null"),
            (json!("{order"), r#""{order""#),
            (json!(""), r#""""#),
            (json!({"order": [1, null, "x"]}), r#"{"order":[1,null,"x"]}"#),
            (json!([{"order": 1}]), r#"[{"order":1}]"#),
            (json!(null), "null"),
        ] {
            assert_eq!(String::from_utf8(payload_bytes(&payload)).unwrap(), sent);
        }
        let digits: Value = serde_json::from_str("[1.10, 12345678901234567890]").unwrap();
        assert_eq!(payload_bytes(&digits), b"[1.10,12345678901234567890]", "no digit is lost");
    }

    #[test]
    fn an_object_in_s3_is_json_or_text() {
        assert_eq!(Payloads::of_text(r#"{"order": 1}"#), Ok(Payloads::Same(json!({"order": 1}))));
        assert_eq!(Payloads::of_text("[1]"), Ok(Payloads::Same(json!([1]))));
        assert_eq!(Payloads::of_text("just text"), Ok(Payloads::Same(json!("just text"))));
        assert!(matches!(Payloads::of_text(r#"[{"payload": 1, "weight": 1}]"#), Ok(Payloads::Weighted(_))));
    }

    #[test]
    fn an_address_names_a_bucket_and_a_key() {
        let object = S3Object::of_address("s3://My-Bucket/folder/a%20b.json").unwrap();
        assert_eq!((object.bucket.as_str(), object.key.as_str()), ("my-bucket", "folder/a b.json"));
        for address in [
            "",
            "s3://",
            "s3:///",
            "s3://bucket",
            "s3://bucket/",
            "s3:///key",
            "bucket/key",
            "https://bucket/key",
            "s3:/bucket/key",
            "s3://b/%",
        ] {
            let error = S3Object::of_address(address).unwrap_err().to_string();
            assert!(error.contains("s3://bucket/key"), "{address}: {error}");
        }
    }

    proptest! {
        #[test]
        fn every_call_has_a_payload(shares in prop::collection::vec(1..1000_u32, 1..12), calls in 1..5000_u32) {
            let shares: Vec<f64> = shares.into_iter().map(f64::from).collect();
            if let Ok(counts) = weights(&shares).block_counts(calls) {
                prop_assert_eq!(counts.iter().sum::<u32>(), calls);
                prop_assert!(counts.iter().all(|count| *count >= 1));
            }
        }
    }
}
