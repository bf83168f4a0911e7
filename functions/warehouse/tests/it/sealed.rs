//! Who moved something, nobody reads who is not in the audit log.

use crate::stack::Stack;

#[tokio::test(flavor = "multi_thread")]
async fn who_moved_something_is_sealed_and_the_cell_that_failed_is_not() {
    let Some(stack) = Stack::start().await else {
        return;
    };
    let who = "Erika Mustermann";
    let name = "MOVE_DC3_20261101T0700Z_0031.csv";
    let file = format!(
        "movement_id;warehouse;movement_type;movement_ts;sku;qty;uom;user\n\
         1;DC3;RECEIPT;2026-11-01 06:22;000123;many;EA;{who}\n"
    );
    let message = stack.drop_file(name, file.as_bytes()).await;
    assert_eq!(stack.delivered(&message).await, "finished");
    let operator = stack.operator();
    let listed = operator.open_letters().await.remove(0);
    assert_eq!(listed["offending_value"], "\"many\"", "{listed:#}");
    let id = listed["id"].as_str().unwrap();
    operator.reads_only_audited(id, who).await;
}
