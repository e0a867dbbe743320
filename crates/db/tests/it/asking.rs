//! What is asked for before it is needed.

use souk_db::{ConstraintKind, Error, Insert, Kind, Many, Value, params};

use crate::{
    on_both_engines,
    scratch::{ADD_TO_BALANCE, ALL_ACCOUNTS, BALANCE, Scratch, add_account},
};

on_both_engines!(
    answers_are_read_in_any_order,
    a_question_sees_what_was_written_before_it,
    many_questions_are_on_their_way,
    a_long_answer_holds_nothing_up,
    an_answer_that_is_not_read_is_no_harm,
    a_question_that_fails_is_told_when_it_is_read,
    a_failure_that_nobody_reads_undoes_the_transaction,
);

static BALANCES: Many = Many::new(
    &[Kind::Int],
    "SELECT id, balance FROM accounts WHERE id = $1",
    "SELECT id, balance FROM accounts WHERE id = ANY($1::BIGINT[])",
);
static NEW_ACCOUNTS: Insert = Insert::new("accounts", &[("id", Kind::Int), ("balance", Kind::Int)]);
static CHARGE: Many = Many::new(
    &[Kind::Int, Kind::Int],
    "UPDATE accounts SET balance = balance - $2 WHERE id = $1",
    "UPDATE accounts SET balance = balance - d.amount
     FROM unnest($1::BIGINT[], $2::BIGINT[]) AS d(id, amount) WHERE accounts.id = d.id",
);

async fn answers_are_read_in_any_order(scratch: &Scratch) {
    scratch.add_account(1, 10).await;
    scratch.add_account(2, 20).await;
    let mut conn = scratch.db.read().await.unwrap();
    let all = conn.ask::<(i64,)>(&ALL_ACCOUNTS, params![]).await.unwrap();
    let none: [[Value<'_>; 1]; 0] = [];
    let nobody = conn.ask_of::<(i64, i64), _>(&BALANCES, &none).await.unwrap();
    let both = conn.ask_of::<(i64, i64), _>(&BALANCES, &[params![1_i64], params![2_i64]]).await.unwrap();
    let sum = both.map(|rows| rows.into_iter().map(|(_, balance)| balance).sum::<i64>());
    let (now,): (i64,) = conn.one(&BALANCE, params![2_i64]).await.unwrap();
    assert_eq!(now, 20);
    assert_eq!(conn.answer(sum).await.unwrap(), 30);
    assert_eq!(conn.answer(nobody).await.unwrap(), []);
    assert_eq!(conn.answer(all).await.unwrap(), [(1,), (2,)]);
}

async fn a_question_sees_what_was_written_before_it(scratch: &Scratch) {
    let seen = scratch.db.write(async |tx| {
        // It is the first statement of the transaction.
        let before = tx.ask::<(i64,)>(&ALL_ACCOUNTS, params![]).await?;
        add_account(tx, 1, 10).await?;
        let ten = tx.ask::<(i64,)>(&BALANCE, params![1_i64]).await?;
        let charged = tx.ask_exec_of(&CHARGE, &[params![1_i64, 3_i64], params![9_i64, 3_i64]]).await?;
        let seven = tx.ask::<(i64,)>(&BALANCE, params![1_i64]).await?;
        let charged = tx.answer(charged).await?;
        Ok::<_, Error>((tx.answer(before).await?, tx.answer(ten).await?, charged, tx.answer(seven).await?))
    });
    assert_eq!(seen.await.unwrap(), (vec![], vec![(10,)], 1, vec![(7,)]));
    assert_eq!(scratch.balance(1).await, 7);
}

/// More than are sent without waiting.
async fn many_questions_are_on_their_way(scratch: &Scratch) {
    scratch.add_account(1, 0).await;
    let balances = scratch.db.write(async |tx| {
        let mut asked = Vec::new();
        for _ in 0..100 {
            let _ = tx.ask_exec_of(&CHARGE, &[params![1_i64, -1_i64]]).await?;
            asked.push(tx.ask::<(i64,)>(&BALANCE, params![1_i64]).await?);
        }
        let mut balances = Vec::new();
        for one in asked.into_iter().rev() {
            balances.extend(tx.answer(one).await?);
        }
        Ok::<_, Error>(balances)
    });
    let wanted: Vec<(i64,)> = (1..=100).rev().map(|balance| (balance,)).collect();
    assert_eq!(balances.await.unwrap(), wanted);
}

/// It comes in many pieces, and statements behind it have to be prepared before anybody reads it.
async fn a_long_answer_holds_nothing_up(scratch: &Scratch) {
    let fill = scratch.db.write(async |tx| {
        let accounts: Vec<_> = (0..20_000).map(|id| [Value::Int(id), Value::Int(7)]).collect();
        tx.insert_many(&NEW_ACCOUNTS, &accounts).await
    });
    fill.await.unwrap();
    let mut conn = scratch.db.read().await.unwrap();
    let long = conn.ask::<(i64,)>(&ALL_ACCOUNTS, params![]).await.unwrap();
    let one = conn.ask::<(i64,)>(&BALANCE, params![1_i64]).await.unwrap();
    let two = conn.ask_of::<(i64, i64), _>(&BALANCES, &[params![2_i64]]).await.unwrap();
    assert_eq!(conn.answer(two).await.unwrap(), [(2, 7)]);
    assert_eq!(conn.answer(one).await.unwrap(), [(7,)]);
    assert_eq!(conn.answer(long).await.unwrap().len(), 20_000);
}

async fn an_answer_that_is_not_read_is_no_harm(scratch: &Scratch) {
    let written = scratch.db.write(async |tx| {
        drop(tx.ask::<(i64,)>(&ALL_ACCOUNTS, params![]).await?);
        add_account(tx, 1, 10).await?;
        drop(tx.ask::<(i64,)>(&ALL_ACCOUNTS, params![]).await?);
        Ok::<_, Error>(())
    });
    written.await.unwrap();
    assert_eq!(scratch.accounts().await, [1]);
}

/// By its own name, also where something else was asked for behind it.
async fn a_question_that_fails_is_told_when_it_is_read(scratch: &Scratch) {
    scratch.add_account(1, 10).await;
    let refused = scratch.db.write(async |tx| {
        let charged = tx.ask_exec_of(&CHARGE, &[params![1_i64, 11_i64]]).await?;
        let balance = tx.ask::<(i64,)>(&BALANCE, params![1_i64]).await?;
        tx.answer(charged).await?;
        tx.answer(balance).await
    });
    assert!(refused.await.unwrap_err().is_constraint(ConstraintKind::Check));
    assert_eq!(scratch.balance(1).await, 10);
}

async fn a_failure_that_nobody_reads_undoes_the_transaction(scratch: &Scratch) {
    scratch.add_account(1, 10).await;
    let hidden = scratch.db.write(async |tx| {
        tx.exec_n(1, &ADD_TO_BALANCE, params![1_i64, 5_i64]).await?;
        let charged = tx.ask_exec_of(&CHARGE, &[params![1_i64, 100_i64]]).await;
        drop(charged);
        Ok::<_, Error>(())
    });
    assert!(hidden.await.is_err(), "an operation can't hide that its transaction has failed");
    assert_eq!(scratch.balance(1).await, 10);
}
