//! Elements read as numbers, days, times and composites.

use x12::{Date, Decimal, ElementFault, Implied, Segment, interchanges};

/// A segment as it is read from an interchange with component separator `>` and repetition separator `^`.
fn with_segment(text: &str, check: impl FnOnce(&Segment<'_>)) {
    let file = format!(
        "ISA*00*          *00*          *02*TSTL           *ZZ*LOGIHUB        *261109*1935*^*00501*000000001*0*P*>~\
         GS*QM*A*B*20261109*1935*1*X*005010~ST*214*1~{text}~SE*3*1~GE*1*1~IEA*1*000000001~"
    );
    let interchange = interchanges(file.as_bytes()).next().unwrap().unwrap();
    let set = interchange.sets().next().unwrap();
    check(&set.segments().nth(1).unwrap());
}

#[test]
fn implied_decimals_keep_their_digits() {
    with_segment(
        "L1*275433*-301791* 45 *2754.33*12x**99999999999999999999",
        |segment| {
            let read = |number| segment.element(number).implied(2);
            assert_eq!(
                read(1),
                Ok(Implied {
                    digits: 275_433,
                    scale: 2,
                    explicit_point: false
                })
            );
            assert_eq!(
                read(2),
                Ok(Implied {
                    digits: -301_791,
                    scale: 2,
                    explicit_point: false
                })
            );
            assert_eq!(
                read(3),
                Ok(Implied {
                    digits: 45,
                    scale: 2,
                    explicit_point: false
                })
            );
            assert_eq!(
                read(4),
                Ok(Implied {
                    digits: 275_433,
                    scale: 2,
                    explicit_point: true
                })
            );
            assert_eq!(read(5).unwrap_err().fault, ElementFault::InvalidCharacter);
            assert_eq!(read(6).unwrap_err().fault, ElementFault::Missing);
            assert_eq!(read(7).unwrap_err().fault, ElementFault::InvalidCharacter);
        },
    );
}

#[test]
fn written_decimals_keep_their_scale() {
    with_segment("L1*612.50*-.5*5472.0*+7*1.2.3*.*1E5", |segment| {
        let read = |number| segment.element(number).decimal();
        assert_eq!(
            read(1),
            Ok(Decimal {
                digits: 61_250,
                scale: 2
            })
        );
        assert_eq!(
            read(2),
            Ok(Decimal {
                digits: -5,
                scale: 1
            })
        );
        assert_eq!(
            read(3),
            Ok(Decimal {
                digits: 54_720,
                scale: 1
            })
        );
        assert_eq!(
            read(4),
            Ok(Decimal {
                digits: 7,
                scale: 0
            })
        );
        assert!((5..=7).all(|number| read(number).is_err()));
    });
}

#[test]
fn days_and_times_exist() {
    with_segment(
        "AT7*20261109*261109*20260229*20240229*0721*072159*07215999*2400*BAD_DATE*7*800101",
        |segment| {
            let date = |number| segment.element(number).date();
            assert_eq!(date(1).unwrap(), Date::new(2026, 11, 9).unwrap());
            assert_eq!(date(2), date(1));
            assert_eq!(date(3).unwrap_err().fault, ElementFault::InvalidDate);
            assert_eq!(date(4).unwrap().day(), 29);
            assert!(date(9).is_err());
            assert_eq!(date(11).unwrap().year(), 1980);
            let time = |number| segment.element(number).time();
            let parts = |number| {
                time(number)
                    .map(|time| (time.hour(), time.minute(), time.second(), time.hundredths()))
            };
            assert_eq!(parts(5).unwrap(), (7, 21, None, None));
            assert_eq!(parts(6).unwrap(), (7, 21, Some(59), None));
            assert_eq!(parts(7).unwrap(), (7, 21, Some(59), Some(99)));
            assert_eq!(time(8).unwrap_err().fault, ElementFault::InvalidTime);
            assert!(time(10).is_err());
        },
    );
}

#[test]
fn composites_and_repeats_know_their_places() {
    with_segment("AK4*8*a>bb>c^d", |segment| {
        let repeats: Vec<_> = segment.element(2).repeats().collect();
        assert_eq!(repeats.len(), 2);
        let second = repeats[0].component(2);
        assert_eq!(
            (second.bytes(), second.place().component),
            (&b"bb"[..], Some(2))
        );
        assert_eq!(second.place().offset, segment.place().offset + 8);
        assert_eq!(repeats[1].bytes(), b"d");
        assert!(repeats[1].component(4).is_empty());
        assert_eq!(segment.element(1).components().count(), 1);
    });
}

#[test]
fn an_error_says_which_element_and_where() {
    with_segment("AT7*X3*NS***20261399", |segment| {
        let error = segment.element(5).date().unwrap_err();
        assert_eq!(
            error.to_string(),
            "AT705: the element is no day (\"20261399\"), segment 4 (2 of its set), element 5, byte 162"
        );
        assert_eq!(
            segment.element(9).code().unwrap_err().fault,
            ElementFault::Missing
        );
    });
}

#[test]
fn text_is_borrowed_and_never_fails() {
    let mut file = b"ISA*00*          *00*          *02*TSTL           *ZZ*LOGIHUB        *261109*1935*U*00401*000000001*0*P*>~\
         GS*QM*A*B*20261109*1935*1*X*004010~ST*214*1~N1*SH* M\xfcller *Gr\xc3\xbc\xc3\x9fe*plain~SE*3*1~GE*1*1~IEA*1*000000001~"
        .to_vec();
    let interchange = interchanges(&file).next().unwrap().unwrap();
    let n1 = interchange
        .sets()
        .next()
        .unwrap()
        .segments()
        .nth(1)
        .unwrap();
    assert_eq!(n1.text(2).as_deref(), Some("Müller"));
    assert_eq!(n1.text(3).as_deref(), Some("Grüße"));
    let kept = n1.text(4);
    assert!(matches!(kept, Some(std::borrow::Cow::Borrowed("plain"))));
    assert_eq!(n1.text(5), None);
    file.clear();
}
