//! What makes two spellings of a title the same.

/// Letters and digits of a title in lower case; blanks, punctuation and a byte order mark do not count.
pub(crate) fn normalized(title: &str) -> String {
    title
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::normalized;

    #[test]
    fn spellings_of_one_title_are_equal() {
        for spelling in [
            "order_no",
            "Order No.",
            "\u{feff}ORDER-NO",
            " order no ",
            "OrderNo",
        ] {
            assert_eq!(normalized(spelling), "orderno");
        }
        assert_eq!(normalized("Größe (kg)"), "größekg");
        assert_eq!(normalized("--"), "");
    }
}
