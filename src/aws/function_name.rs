//! What people type to name a function: a name, a partial ARN or a whole one, each with a version or an alias behind it.

use std::fmt;
use std::str::FromStr;

/// The longest function name that AWS allows.
const LONGEST_NAME: usize = 64;
/// The longest version or alias that AWS allows.
const LONGEST_QUALIFIER: usize = 128;
/// So many digits has an account.
const ACCOUNT_DIGITS: usize = 12;

/// A function, and perhaps one of its versions or aliases.
///
/// ```
/// # use millicent::aws::FunctionName;
/// let live: FunctionName = "arn:aws:lambda:eu-west-1:123456789012:function:resize:live".parse().unwrap();
/// assert_eq!((live.name(), live.qualifier(), live.region()), ("resize", Some("live"), Some("eu-west-1")));
/// assert_eq!(live.function(), "arn:aws:lambda:eu-west-1:123456789012:function:resize");
/// assert_eq!("resize".parse::<FunctionName>().unwrap().region(), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionName {
    function: String,
    name: String,
    partition: Option<String>,
    region: Option<String>,
    account: Option<String>,
    qualifier: Option<String>,
}

/// Why a text names no function.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FunctionNameError {
    /// It has another number of parts, or other words in them.
    #[error(
        "{0:?} names no function (give its name, NAME:VERSION-OR-ALIAS, or its ARN arn:aws:lambda:REGION:ACCOUNT:function:NAME)"
    )]
    Form(String),
    /// It is the ARN of something else.
    #[error("{text:?} is an ARN of {service:?}, not of a Lambda function (arn:aws:lambda:REGION:ACCOUNT:function:NAME)")]
    Service {
        /// What was typed.
        text: String,
        /// What it is an ARN of.
        service: String,
    },
    /// The partition is none of AWS's.
    #[error("{0:?} is no partition of AWS (aws, aws-cn or aws-us-gov)")]
    Partition(String),
    /// The region is none.
    #[error("{0:?} is no region (for example eu-west-1)")]
    Region(String),
    /// The account is none.
    #[error("{0:?} is no account (12 digits)")]
    Account(String),
    /// The name is none.
    #[error("{0:?} is no function name (1 to 64 letters, digits, hyphens and underscores)")]
    Name(String),
    /// The version or alias is none.
    #[error("{0:?} is no version or alias (1 to 128 letters, digits, hyphens and underscores, or $LATEST)")]
    Qualifier(String),
}

impl FunctionName {
    /// What AWS is given: the name, or the ARN where one was typed; without a qualifier.
    #[must_use]
    pub fn function(&self) -> &str {
        &self.function
    }

    /// The name alone.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The partition, where an ARN was typed.
    #[must_use]
    pub fn partition(&self) -> Option<&str> {
        self.partition.as_deref()
    }

    /// The region, where an ARN was typed.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// The account, where an ARN or a partial ARN was typed.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// The version or alias; none for `$LATEST`.
    #[must_use]
    pub fn qualifier(&self) -> Option<&str> {
        self.qualifier.as_deref()
    }
}

impl FromStr for FunctionName {
    type Err = FunctionNameError;

    fn from_str(text: &str) -> Result<Self, FunctionNameError> {
        let text = text.trim();
        let parts: Vec<&str> = text.split(':').collect();
        let name_at = place_of_name(text, &parts)?;
        let name = parts[name_at];
        check(name, is_word(name, LONGEST_NAME), FunctionNameError::Name)?;
        let qualifier = parts.get(name_at + 1).copied().filter(|qualifier| *qualifier != "$LATEST");
        if let Some(qualifier) = qualifier {
            check(qualifier, is_word(qualifier, LONGEST_QUALIFIER), FunctionNameError::Qualifier)?;
        }
        // What stands before the name, from the right: the word "function", the account, the region, the service, the partition.
        let before = |steps: usize| name_at.checked_sub(steps).map(|at| parts[at]);
        let (account, region, partition) = (before(2), before(3), before(5));
        if let Some(partition) = partition {
            check(partition, is_partition(partition), FunctionNameError::Partition)?;
        }
        if let Some(region) = region {
            check(region, is_region(region), FunctionNameError::Region)?;
        }
        if let Some(account) = account {
            check(account, is_account(account), FunctionNameError::Account)?;
        }
        Ok(Self {
            function: parts[..=name_at].join(":"),
            name: name.to_owned(),
            partition: partition.map(str::to_owned),
            region: region.map(str::to_owned),
            account: account.map(str::to_owned),
            qualifier: qualifier.map(str::to_owned),
        })
    }
}

impl fmt::Display for FunctionName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.function)?;
        self.qualifier.as_ref().map_or(Ok(()), |qualifier| write!(out, ":{qualifier}"))
    }
}

fn check(part: &str, holds: bool, error: impl Fn(String) -> FunctionNameError) -> Result<(), FunctionNameError> {
    if holds { Ok(()) } else { Err(error(part.to_owned())) }
}

/// Which part is the name; a version or alias may follow it.
fn place_of_name(text: &str, parts: &[&str]) -> Result<usize, FunctionNameError> {
    match parts {
        ["arn", _, service, _, _, ..] if *service != "lambda" => {
            Err(FunctionNameError::Service { text: text.to_owned(), service: (*service).to_owned() })
        }
        ["arn", _, _, _, _, "function", _] | ["arn", _, _, _, _, "function", _, _] => Ok(6),
        [_, "function", _] | [_, "function", _, _] => Ok(2),
        ["arn", _] => Err(FunctionNameError::Form(text.to_owned())),
        [_] | [_, _] => Ok(0),
        _ => Err(FunctionNameError::Form(text.to_owned())),
    }
}

fn is_word(text: &str, longest: usize) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=longest).contains(&text.len()) && text.bytes().all(is_letter)
}

fn is_account(text: &str) -> bool {
    text.len() == ACCOUNT_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_partition(text: &str) -> bool {
    text.starts_with("aws") && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

/// Lower-case words and a number: `eu-west-1`, `us-gov-east-1`.
fn is_region(text: &str) -> bool {
    let words: Vec<&str> = text.split('-').collect();
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    match words.split_last() {
        Some((number, words)) => {
            words.len() >= 2
                && words.iter().all(is_word)
                && !number.is_empty()
                && number.bytes().all(|byte| byte.is_ascii_digit())
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> FunctionName {
        text.parse().unwrap_or_else(|problem| panic!("{text}: {problem}"))
    }

    #[test]
    fn every_form_that_aws_takes_is_read() {
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:resize";
        let partial = "123456789012:function:resize";
        let (region, account) = (Some("eu-west-1"), Some("123456789012"));
        for (text, function, qualifier, place) in [
            ("resize", "resize", None, (None, None, None)),
            (" resize ", "resize", None, (None, None, None)),
            ("resize:7", "resize", Some("7"), (None, None, None)),
            ("resize:$LATEST", "resize", None, (None, None, None)),
            (partial, partial, None, (None, None, account)),
            ("123456789012:function:resize:live", partial, Some("live"), (None, None, account)),
            (arn, arn, None, (Some("aws"), region, account)),
            ("arn:aws:lambda:eu-west-1:123456789012:function:resize:live", arn, Some("live"), (Some("aws"), region, account)),
            ("arn:aws:lambda:eu-west-1:123456789012:function:resize:$LATEST", arn, None, (Some("aws"), region, account)),
        ] {
            let read = read(text);
            assert_eq!((read.function(), read.name(), read.qualifier()), (function, "resize", qualifier), "{text}");
            assert_eq!((read.partition(), read.region(), read.account()), place, "{text}");
        }
    }

    #[test]
    fn every_partition_is_known_and_a_function_may_be_called_function() {
        for (partition, region) in [("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-east-1"), ("aws-iso-b", "us-isob-east-1")] {
            let read = read(&format!("arn:{partition}:lambda:{region}:123456789012:function:f"));
            assert_eq!((read.partition(), read.region()), (Some(partition), Some(region)));
        }
        let odd = read("arn:aws:lambda:us-east-1:123456789012:function:function:function");
        assert_eq!((odd.name(), odd.qualifier()), ("function", Some("function")));
        assert_eq!(odd.to_string(), "arn:aws:lambda:us-east-1:123456789012:function:function:function");
        assert_eq!((read("function:7").function(), read("function:7").qualifier()), ("function", Some("7")));
    }

    #[test]
    fn anything_else_says_what_is_wrong() {
        let long_name = "n".repeat(65);
        let long_alias = format!("f:{}", "a".repeat(129));
        for (text, part) in [
            ("", "no function name"),
            ("a b", "no function name"),
            (long_name.as_str(), "no function name"),
            (long_alias.as_str(), "no version or alias"),
            ("f:", "no version or alias"),
            ("f:$latest", "no version or alias"),
            ("arn:", "names no function"),
            ("arn:aws:lambda", "names no function"),
            ("arn:aws:lambda:us-east-1:123456789012", "names no function"),
            ("arn:aws:lambda:us-east-1:123456789012:function", "names no function"),
            ("arn:aws:lambda:us-east-1:123456789012:function:f:1:2", "names no function"),
            ("arn:aws:lambda:us-east-1:123456789012:layer:f", "names no function"),
            ("arn:aws:states:us-east-1:123456789012:stateMachine:f", "ARN of \"states\""),
            ("arn:gcp:lambda:us-east-1:123456789012:function:f", "no partition"),
            ("arn:aws:lambda::123456789012:function:f", "no region"),
            ("arn:aws:lambda:useast1:123456789012:function:f", "no region"),
            ("arn:aws:lambda:us-east-1::function:f", "no account"),
            ("arn:aws:lambda:us-east-1:12345:function:f", "no account"),
            ("12345:function:f", "no account"),
            (":function:f", "no account"),
            ("arn:aws:lambda:us-east-1:123456789012:function:", "no function name"),
            ("https://lambda.us-east-1.amazonaws.com/f", "no version or alias"),
        ] {
            let problem = text.parse::<FunctionName>().expect_err(text).to_string();
            assert!(problem.contains(part), "{text}: {problem}");
        }
    }
}
