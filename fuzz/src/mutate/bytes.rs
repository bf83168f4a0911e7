//! Changes of bytes, whatever they mean.

use super::{Grammar, Random};

const X12: [&[u8]; 20] = [
    b"~",
    b"*",
    b":",
    b"^",
    b"\n",
    b"\r\n",
    b"\xef\xbb\xbf",
    b"ISA*",
    b"GS*QM*",
    b"ST*214*0001~",
    b"SE*1*0001~",
    b"GE*1*1~",
    b"IEA*1*000000001~",
    b"N1*",
    b"AT7*X1*NS***20261109*1234*ET~",
    b"99999999999999999999",
    b"-.5",
    b"20269999",
    b"\0",
    b"L3*1",
];
const CSV: [&[u8]; 16] = [
    b"\"",
    b"\"\"",
    b";",
    b",",
    b"\t",
    b"|",
    b"\n",
    b"\r",
    b"\r\n",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\0",
    b"TRL",
    b"1,5",
    b"-999999999999999999999.5",
    b"2026-03-29T02:30:00",
];
const JSON: [&[u8]; 22] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b",",
    b":",
    b"null",
    b"true",
    b"\\u0000",
    b"\\ud800",
    b"\\\"",
    b"\xc3\x28",
    b"1e999",
    b"-0.0",
    b"1e-400",
    b"123456789012345678901234567890.5",
    b"\"\"",
    b"{}",
    b"[[]]",
    b"\xef\xbb\xbf",
    b"\"9999-12-31T23:59:60+14:00\"",
];

/// One change.
pub(super) fn mutate(
    input: &mut Vec<u8>,
    corpus: &[Vec<u8>],
    grammar: Grammar,
    random: &mut Random,
) {
    let at = random.place(input.len());
    match random.below(10) {
        0 if at < input.len() => input[at] ^= 1 << random.below(8),
        1 if at < input.len() => input[at] = random.next().to_le_bytes()[0],
        2 | 3 => insert(input, at, token(grammar, random)),
        4 => {
            let end = (at + random.index(64)).min(input.len());
            input.drain(at..end);
        }
        5 => {
            let end = (at + random.index(200)).min(input.len());
            let part = input[at..end].to_vec();
            let to = random.place(input.len());
            insert(input, to, &part);
        }
        6 => splice(input, at, corpus, random),
        7 => input.truncate(at),
        8 => repeat(input, at, grammar, random),
        _ => {
            let other = random.place(input.len());
            if at < input.len() && other < input.len() {
                input.swap(at, other);
            }
        }
    }
}

fn token(grammar: Grammar, random: &mut Random) -> &'static [u8] {
    let tokens: &[&[u8]] = match grammar {
        Grammar::X12 => &X12,
        Grammar::Csv => &CSV,
        Grammar::Json => &JSON,
    };
    random.choose(tokens).copied().unwrap_or_default()
}

fn insert(input: &mut Vec<u8>, at: usize, part: &[u8]) {
    input.splice(at..at, part.iter().copied());
}

/// Goes on with another input from somewhere in it.
fn splice(input: &mut Vec<u8>, at: usize, corpus: &[Vec<u8>], random: &mut Random) {
    if let Some(other) = random.choose(corpus) {
        let from = random.place(other.len());
        input.truncate(at);
        input.extend(&other[from..]);
    }
}

/// A token many times: nesting, long numbers, long texts.
fn repeat(input: &mut Vec<u8>, at: usize, grammar: Grammar, random: &mut Random) {
    let token = token(grammar, random);
    let times = 1 << random.below(15);
    let many: Vec<u8> = token
        .iter()
        .copied()
        .cycle()
        .take(token.len() * times)
        .collect();
    insert(input, at, &many);
}
