//! Which prices a scenario is estimated with.

use super::ScenarioError;
use crate::price_book::PriceBook;
use crate::settings::{Found, Origin, Section, SettingError, Value};
use crate::units::Share;
use crate::workload::ReadFile;

/// Takes `prices`, `discount` and `free_tier_used_up` out of a scenario and makes the price book they describe.
///
/// `prices` names shipped books (`bundled`, `documents`) and files of one's own, which are laid over it in order;
/// `discount` is a table of service and percentage; `free_tier_used_up` lists free allowances that other functions of the
/// account use up.
///
/// # Errors
/// When a file cannot be read or is no price list, or a discount is malformed or for an unknown service.
pub fn read_price_book(file: &mut Section, read_file: &ReadFile<'_>) -> Result<PriceBook, ScenarioError> {
    let mut book: Option<PriceBook> = None;
    for Found { value, at } in file.texts("prices")? {
        match PriceBook::named(&value) {
            Some(_) if book.is_some() => {
                return Err(SettingError::other(&at, format!("the price book `{value}` must come first, and alone")).into());
            }
            Some(named) => book = Some(named),
            None => lay_own_prices(book.get_or_insert_with(PriceBook::bundled), &value, &at, read_file)?,
        }
    }
    let mut book = book.unwrap_or_else(PriceBook::bundled);
    if let Some(mut discounts) = file.table("discount")? {
        let services: Vec<String> = discounts.keys().map(|(service, _)| service.to_owned()).collect();
        for service in services {
            if let Some(Found { value, at }) = discounts.take_named(&service) {
                let known = book.services().iter().map(|known| (*known).to_owned()).collect::<Vec<_>>();
                if !known.contains(&service) {
                    return Err(SettingError::unknown_choice(&at, "service", &service, known).into());
                }
                let Value::Text(text) = value else {
                    return Err(SettingError::other(&at, "a discount is a percentage such as \"12%\"").into());
                };
                // A bare number is refused: whether 1 means 1 % or all of it is too dear a question.
                if !text.trim_end().ends_with('%') {
                    let problem = format!("discount on {service}: {text:?} is no percentage (write \"12%\")");
                    return Err(SettingError::other(&at, problem).into());
                }
                let share: Share =
                    text.parse().map_err(|error| SettingError::other(&at, format!("discount on {service}: {error}")))?;
                book.discount(&service, share);
            }
        }
    }
    for Found { value, at } in file.texts("free_tier_used_up")? {
        let known: Vec<String> = book.allowances().iter().map(|allowance| allowance.name().to_owned()).collect();
        if !known.contains(&value) {
            return Err(SettingError::unknown_choice(&at, "free allowance", &value, known).into());
        }
        book.use_up_allowance(&value);
    }
    Ok(book)
}

fn lay_own_prices(book: &mut PriceBook, name: &str, at: &Origin, read_file: &ReadFile<'_>) -> Result<(), ScenarioError> {
    let text = read_file(name, at).map_err(|problem| {
        let books = PriceBook::NAMES.join(", ");
        SettingError::other(at, format!("price list {name:?}: {problem} (a shipped book: {books}; or a CSV file)"))
    })?;
    book.lay_over(name, text.as_bytes())?;
    Ok(())
}
