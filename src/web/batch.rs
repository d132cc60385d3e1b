//! Several operations in one request. They are carried out side by side, and answered in their order.

use axum::response::Response;
use futures_util::future::join_all;

use super::accept::Form;
use super::answer;
use super::hold::Load;
use super::operation::{Asker, Done, How};
use super::refused::Refused;
use super::request::Batch;

/// Carries out at most so many operations, where that may be done. What is wrong with one of them is its own answer.
pub(super) async fn execute(
    asker: &Asker<'_>,
    batch: Batch,
    load: Load,
    most: Option<usize>,
    form: Form,
) -> Result<Response, Refused> {
    let Some(most) = most else {
        let off =
            "a request is one JSON object here: batches are off, so send each operation by itself";
        return Err(Refused::malformed(off));
    };
    let Form::Json(json) = form else {
        return Err(Refused::not_acceptable());
    };
    let count = batch.count;
    if count == 0 {
        return Err(Refused::malformed(
            "the batch is empty: send at least one operation",
        ));
    }
    if count > most {
        let message = format!("the batch has {count} operations: send at most {most} at once");
        return Err(Refused::malformed(message));
    }
    // They begin together, so that they share calls, whichever was read first.
    let requests = batch.requests.into_iter();
    let ready = requests.map(async |request| asker.prepare(request?, How::Together).await);
    let ready = join_all(ready).await.into_iter();
    drop(load);
    let answers = ready.map(async |ready| match asker.carry_out(ready?).await {
        Done::Answer(answer) => Ok(answer),
        Done::Events(..) => unreachable!("no subscription is ready that came with others"),
    });
    let answers = join_all(answers).await;
    Ok(answer::respond_to_all(&answers, json, asker.reader()).await)
}
