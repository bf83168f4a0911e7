//! Tables that fit the terminal.

use console::Term;

/// Columns of what is no terminal: a file, or the page of an incident.
const WIDTH_DEFAULT: usize = 100;
/// Narrowest that a column is made.
const COLUMN_MIN: usize = 6;

/// Rows under a header; columns without anything in them are left out, and what is too wide is cut where it costs least.
pub(crate) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let named = std::env::var("COLUMNS").ok();
    let named = named.and_then(|text| text.parse().ok());
    let terminal = || Some(usize::from(Term::stdout().size_checked()?.1));
    let width = named.or_else(terminal).unwrap_or(WIDTH_DEFAULT);
    let (header, rows) = told(header, rows);
    fitted(&header, &rows, width)
}

/// The columns in which some row says something; all of them where there is no row.
fn told<'h>(header: &[&'h str], rows: &[Vec<String>]) -> (Vec<&'h str>, Vec<Vec<String>>) {
    let says = |column: &usize| {
        let cell = |row: &Vec<String>| row.get(*column).is_some_and(|cell| !cell.is_empty());
        rows.is_empty() || rows.iter().any(cell)
    };
    let columns: Vec<usize> = (0..header.len()).filter(says).collect();
    let row = |row: &Vec<String>| {
        let cells = columns.iter().filter_map(|column| row.get(*column));
        cells.cloned().collect()
    };
    let header = columns.iter().map(|column| header[*column]).collect();
    (header, rows.iter().map(row).collect())
}

fn fitted(header: &[&str], rows: &[Vec<String>], width: usize) -> String {
    let mut widths: Vec<usize> = header.iter().map(|name| name.chars().count()).collect();
    for row in rows {
        for (cell, width) in row.iter().zip(&mut widths) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let room = width.saturating_sub(2 * widths.len().saturating_sub(1));
    while widths.iter().sum::<usize>() > room {
        let Some(widest) = widths
            .iter_mut()
            .max()
            .filter(|widest| **widest > COLUMN_MIN)
        else {
            break;
        };
        *widest -= 1;
    }
    let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
    let lines = std::iter::once(&header).chain(rows);
    let lines: Vec<String> = lines.map(|row| line(row, &widths)).collect();
    lines.join("\n")
}

fn line(row: &[String], widths: &[usize]) -> String {
    let cells: Vec<String> = row
        .iter()
        .zip(widths)
        .map(|(cell, &width)| format!("{:<width$}", cut(cell, width)))
        .collect();
    cells.join("  ").trim_end().to_owned()
}

fn cut(cell: &str, width: usize) -> String {
    let clean: String = cell
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if clean.chars().count() <= width {
        return clean;
    }
    let kept: String = clean.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_of_which_nothing_is_known_is_left_out() {
        let row = |id: &str| vec![id.to_owned(), String::new(), "open".to_owned()];
        let (header, rows) = told(&["id", "key", "state"], &[row("a"), row("b")]);
        assert_eq!(header, ["id", "state"]);
        assert_eq!(rows[1], ["b", "open"]);
        let (header, _) = told(&["id", "key"], &[]);
        assert_eq!(header, ["id", "key"]);
    }

    #[test]
    fn a_table_is_no_wider_than_the_terminal() {
        let rows = vec![
            vec!["a".to_owned(), "x".repeat(200), "tail".to_owned()],
            vec!["bb".to_owned(), "line\nbreak".to_owned(), String::new()],
        ];
        let table = fitted(&["id", "detail", "more"], &rows, 40);
        for line in table.lines() {
            assert!(line.chars().count() <= 40, "{line}");
        }
        assert_eq!(table.lines().count(), 3);
        assert!(table.contains('…') && table.contains("line break"));
    }
}
