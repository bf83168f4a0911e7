//! Receipts: a message that was taken in is known.

use emulator_process::Emulator;

#[tokio::test]
async fn a_message_is_known_once_its_receipt_is_stored() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    for id in [
        "msg_2yB7Q0p",
        "with/slash?and#more",
        &"long".repeat(2_000),
        "",
    ] {
        assert_eq!(feed.receipt_exists(id).await, Ok(false));
        assert_eq!(feed.store_receipt(id).await, Ok(()));
        assert_eq!(feed.store_receipt(id).await, Ok(()), "twice is no error");
        assert_eq!(feed.receipt_exists(id).await, Ok(true));
    }
}
