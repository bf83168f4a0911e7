//! Whom a set names, nobody reads who is not in the audit log.

use carrier::upstream::Limits;

use crate::stack::Stack;

#[tokio::test(flavor = "multi_thread")]
async fn whom_a_set_names_is_sealed_and_the_element_that_failed_is_not() {
    let Some(stack) = Stack::new(Limits::default()).await else {
        return;
    };
    let consignee = "MUSTERMANN ERIKA";
    let head = "ISA*00*          *00*          *02*TSTL           *ZZ*LOGIHUB        *261109*2000*U*00401*000008841*0*P*>~\nGS*QM*TSTL*LOGIHUB*20261109*2000*1*X*004010~\n";
    let set = format!(
        "ST*214*0001~\nB10*1*L-2*TSTL~\nN1*CN*{consignee}~\nN3*1 HOME ST~\nLX*1~\nAT7*X3*NS***20261309*0721*ET~\nSE*7*0001~\n"
    );
    let file = format!("{head}{set}GE*1*1~\nIEA*1*000008841~\n");
    let message = stack.drop_file("in/named.edi", file.as_bytes()).await;
    assert_eq!(stack.deliver(&message).await, "finished");
    let operator = stack.operator();
    let listed = operator.open_letters().await.remove(0);
    let path = listed["field_path"].as_str().unwrap();
    assert!(path.ends_with(" AT705"), "{path}");
    assert_eq!(listed["offending_value"], "\"20261309\"", "{listed:#}");
    let id = listed["id"].as_str().unwrap();
    operator.reads_only_audited(id, consignee).await;
}
