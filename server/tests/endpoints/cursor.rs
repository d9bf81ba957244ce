//! Device cursors.

use serde_json::json;

use crate::harness::{ann, put};

#[tokio::test]
async fn a_cursor_moves_forward_up_to_the_head_and_never_back() {
    let (ann, home) = ann().await;
    ann.push(&home, &[put("a", 1, 1), put("b", 1, 1)]).await.expect(200);
    ann.move_cursor(&home, "d", json!(1)).await.expect(200);
    ann.move_cursor(&home, "d", json!(1.0)).await.expect(200);
    let regress = ann.move_cursor(&home, "d", json!(0)).await.expect(409);
    assert_eq!(regress["message"], "Device cursor cannot regress");
    ann.move_cursor(&home, "d", json!(2)).await.expect(200);
    let beyond = ann.move_cursor(&home, "d", json!(3)).await.expect(400);
    assert_eq!(beyond["message"], "Cursor exceeds workspace version");
    ann.move_cursor(&home, "other", json!(0)).await.expect(200);
}

#[tokio::test]
async fn another_users_device_has_a_cursor_of_its_own() {
    let (ann, home) = ann().await;
    let bob = ann.with_member(&home, "bob", "viewer").await;
    ann.push(&home, &[put("a", 1, 1), put("b", 1, 1)]).await.expect(200);
    bob.move_cursor(&home, "d", json!(2)).await.expect(200);
    ann.move_cursor(&home, "d", json!(1)).await.expect(200);
}

#[tokio::test]
async fn invalid_devices_and_versions_are_refused() {
    let (ann, home) = ann().await;
    for device in ["", "  ", &"d".repeat(257)] {
        ann.move_cursor(&home, device, json!(0)).await.expect(400);
    }
    ann.move_cursor(&home, &"é".repeat(256), json!(0)).await.expect(200);
    for version in [json!(-1), json!(0.5), json!("0"), json!(null), json!(9_007_199_254_740_992_u64)] {
        ann.move_cursor(&home, "d", version).await.expect(400);
    }
    ann.move_cursor(" ", "d", json!(0)).await.expect(400);
}
