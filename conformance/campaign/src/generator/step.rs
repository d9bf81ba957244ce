//! Generators of steps: who does what, and where.

use proptest::prelude::*;
use proptest::sample::select;

use super::collection::collection;
use super::defect::{wrong_fields, wrong_routes};
use super::op::picks;
use super::page::{any_size, mark, size};
use super::plan::StepPlan;
use super::text;
use super::theme::Theme;
use super::users::{anybody, member, place, user};
use super::volume::volume;
use crate::sequence::{Call, Draft, MalformedBody, Member, Step, TokenMisuse, User, VersionRef, WorkspaceRef};
use syncproof_harness::credential::Forgery;
use syncproof_model::NOTIFICATIONS;
use syncproof_protocol::family::Family;
use syncproof_protocol::wire::{Operation, Role};

/// How frequent each kind of step is.
struct Weights {
    writing: u32,
    reading: u32,
    workspaces: u32,
    members: u32,
    upkeep: u32,
    wrong: u32,
}

impl Weights {
    fn of(theme: Theme) -> Self {
        match theme {
            Theme::Writes => Weights { writing: 10, reading: 6, workspaces: 1, members: 1, upkeep: 3, wrong: 0 },
            Theme::Workspaces => Weights { writing: 3, reading: 2, workspaces: 10, members: 6, upkeep: 1, wrong: 0 },
            Theme::Private => Weights { writing: 8, reading: 8, workspaces: 0, members: 2, upkeep: 1, wrong: 0 },
            Theme::Wrong => Weights { writing: 6, reading: 2, workspaces: 2, members: 1, upkeep: 2, wrong: 6 },
            Theme::Mixed => Weights { writing: 6, reading: 4, workspaces: 4, members: 3, upkeep: 3, wrong: 1 },
        }
    }
}

/// The op ids of notifications of a member who is removed.
const PRIVATE_IDS: [u32; 2] = [390, 391];
/// One plan in this many has large volumes: these take as long as hundreds of others.
const VOLUME_RARITY: u32 = 5000;

/// The next step. Its names and devices are of that family.
pub(super) fn plan(theme: Theme, family: Family) -> BoxedStrategy<StepPlan> {
    let weights = Weights::of(theme);
    let usual = prop_oneof![
        weights.writing => (user(), place(), picks()).prop_map(|(by, at, picks)| StepPlan::Push { by, at, picks }),
        weights.reading => reading(),
        weights.workspaces => workspaces(family).prop_map(one),
        weights.members => members().prop_map(one),
        weights.members.div_ceil(3) => member_leaves_and_returns(),
        // Several steps in a row that only together show something.
        weights.workspaces.min(3) => scenario(),
        weights.upkeep => cursors_and_collections(family),
        weights.upkeep.div_ceil(3) => collection(family),
        weights.wrong => wrong().prop_map(one),
    ];
    prop_oneof![VOLUME_RARITY => usual, 1 => volume()].boxed()
}

fn one(step: Step) -> StepPlan {
    StepPlan::Steps(vec![step])
}

/// The beginning: the other users join the first home, or do not.
pub(super) fn initial_members(theme: Theme) -> BoxedStrategy<Vec<Step>> {
    let alone = if theme == Theme::Private { 0 } else { 1 };
    let joins = move |member: User| {
        let role = select(vec!["owner", "editor", "editor", "viewer"]);
        let joins = role.prop_map(move |role| {
            let (at, member) = (WorkspaceRef::Home(0), Member::User(member));
            vec![Step::AddMember { by: 0, at, member, role: role.to_owned() }]
        });
        prop_oneof![alone => Just(Vec::new()), 1 => joins]
    };
    (joins(1), joins(2)).prop_map(|(first, second)| [first, second].concat()).boxed()
}

/// The end: reads that show the state.
pub(super) fn ending() -> BoxedStrategy<Vec<Step>> {
    let looks = |by: User, at: WorkspaceRef| {
        (size(), size()).prop_map(move |(limit, page_size)| {
            vec![
                Step::Follow { by, at, cursor: VersionRef::At(0), limit, tables: None },
                Step::Snapshot { by, at, page_size, tables: None, between: Vec::new() },
            ]
        })
    };
    let around = select(vec![
        Vec::new(),
        vec![Step::Session { by: 0 }, Step::List { by: 0 }],
        vec![Step::List { by: 1 }, Step::Session { by: 1 }],
        vec![Step::List { by: 3 }],
        vec![Step::Members { by: 0, at: WorkspaceRef::Home(0) }],
    ]);
    let elsewhere = prop_oneof![Just(WorkspaceRef::Home(1)), (0_u32..3).prop_map(WorkspaceRef::Made)];
    let elsewhere = elsewhere.prop_flat_map(move |at| looks(if at == WorkspaceRef::Home(1) { 1 } else { 0 }, at));
    (looks(0, WorkspaceRef::Home(0)), elsewhere, looks(1, WorkspaceRef::Home(0)), around)
        .prop_map(|(first, elsewhere, second, around)| [first, elsewhere, second, around].concat())
        .boxed()
}

fn reading() -> BoxedStrategy<StepPlan> {
    let pull = (user(), place(), mark(), any_size(), text::tables())
        .prop_map(|(by, at, cursor, limit, tables)| one(Step::Pull { by, at, cursor, limit, tables }));
    let follow = (user(), place(), mark(), size(), text::tables())
        .prop_map(|(by, at, cursor, limit, tables)| one(Step::Follow { by, at, cursor, limit, tables }));
    let between = prop_oneof![2 => Just(Vec::new()), 1 => picks()];
    let snapshot = (user(), place(), any_size(), text::tables(), between)
        .prop_map(|(by, at, page_size, tables, picks)| StepPlan::Snapshot { by, at, page_size, tables, picks });
    let token = (user(), place(), misuse()).prop_map(|(by, at, misuse)| one(Step::Token { by, at, misuse }));
    let reread = (user(), place(), size(), size())
        .prop_map(|(by, at, limit, page_size)| one(Step::Reread { by, at, limit, page_size }));
    let rewrite = (user(), place(), 0..100_u64, 1..6_usize)
        .prop_map(|(by, at, order, batch)| one(Step::Rewrite { by, at, order, batch }));
    prop_oneof![6 => pull, 4 => follow, 4 => snapshot, 2 => token, 1 => reread, 1 => rewrite].boxed()
}

fn misuse() -> BoxedStrategy<TokenMisuse> {
    prop_oneof![
        2 => place().prop_map(TokenMisuse::Elsewhere),
        2 => user().prop_map(TokenMisuse::By),
        4 => select(vec![TokenMisuse::Filter, TokenMisuse::Garbled, TokenMisuse::Twice, TokenMisuse::Size, TokenMisuse::Deleted]),
    ]
    .boxed()
}

/// Several steps that belong together.
fn scenario() -> BoxedStrategy<StepPlan> {
    let others = 1..super::users::USERS;
    let look = |by: User| prop_oneof![Just(Step::Session { by }), Just(Step::List { by })];
    let add = |at: WorkspaceRef, member: User, role: &str| Step::AddMember {
        by: 0,
        at,
        member: Member::User(member),
        role: role.to_owned(),
    };
    // A workspace is active for a member, or another one is; then it is deleted, or the member is removed.
    let leaving =
        (others.clone(), place(), any::<(bool, bool)>()).prop_flat_map(move |(member, at, (stands, deleted))| {
            look(member).prop_map(move |look| {
                let mut steps = vec![add(at, member, "editor")];
                steps.extend(stands.then_some(Step::Activate { by: member, at }));
                steps.push(match deleted {
                    true => Step::Delete { by: 0, at },
                    false => Step::RemoveMember { by: 0, at, member },
                });
                steps.extend([look, Step::Activate { by: member, at }, Step::Session { by: member }]);
                StepPlan::Steps(steps)
            })
        });
    // A user has several workspaces and loses one that is not active.
    let several = (others.clone(), any::<bool>()).prop_map(move |(member, deleted)| {
        let (made, home) = (WorkspaceRef::Made(9), WorkspaceRef::Home(0));
        let create = |label: u32, name: &str| Step::Create {
            by: member,
            label,
            name: name.to_owned(),
            description: None,
            id: None,
        };
        let (enter, look) = (Step::Activate { by: member, at: made }, Step::Session { by: member });
        let loses = match deleted {
            true => Step::Delete { by: 0, at: home },
            false => Step::RemoveMember { by: 0, at: home, member },
        };
        StepPlan::Steps(vec![
            create(9, "several"),
            create(8, "newest"),
            add(home, member, "viewer"),
            enter,
            loses,
            look,
        ])
    });
    // A user has only a workspace of somebody else left, and loses that, too.
    let homeless = others.prop_flat_map(move |member| {
        look(member).prop_map(move |look| {
            let (own, home) = (WorkspaceRef::Home(member), WorkspaceRef::Home(0));
            let steps = vec![
                add(home, member, "editor"),
                Step::Delete { by: member, at: own },
                Step::Delete { by: 0, at: home },
                look,
                Step::Session { by: member },
            ];
            StepPlan::Steps(steps)
        })
    });
    // Nothing changes, however often a user reads.
    let often = user()
        .prop_map(|by| StepPlan::Steps((0..9).map(|_| Step::Session { by }).chain([Step::List { by }]).collect()));
    // A user stands in another workspace than the first, and comes with a new credential.
    let renewed = user().prop_map(|by| {
        let (label, name) = (9, "entered".to_owned());
        let create = Step::Create { by, label, name, description: None, id: None };
        let enter = Step::Activate { by, at: WorkspaceRef::Made(label) };
        StepPlan::Steps(vec![create, enter, Step::Renew { by }, Step::List { by }])
    });
    // A description is cleared, and stays so when the workspace gets another name.
    let described = user().prop_map(|by| {
        let (label, at) = (9, WorkspaceRef::Made(9));
        let text = |text: &str| Some(text.to_owned());
        let rename = |name: &str, description| Step::Rename { by, at, name: name.to_owned(), description };
        let create =
            Step::Create { by, label, name: "described".to_owned(), description: text("some words"), id: None };
        let (cleared, list) = (rename("described", text("")), Step::List { by });
        StepPlan::Steps(vec![create, cleared, list.clone(), rename("renamed", None), list])
    });
    prop_oneof![4 => leaving, 2 => private(), 1 => described, 1 => several, 1 => homeless, 1 => often, 1 => renewed]
        .boxed()
}

/// A member has notifications, is removed and may come back: what is theirs stays theirs.
fn private() -> BoxedStrategy<StepPlan> {
    (1..super::users::USERS, place(), any::<[bool; 3]>())
        .prop_map(|(member, at, [deletes, returns, is_viewer])| {
            let role = if is_viewer { "viewer" } else { "editor" }.to_owned();
            let add = |role: String| Step::AddMember { by: 0, at, member: Member::User(member), role };
            let op = |id, operation, clock| Draft::new(id, operation, NOTIFICATIONS, "private", clock);
            let mut ops = vec![op(PRIVATE_IDS[0], Operation::Put, 1)];
            ops.extend(deletes.then(|| op(PRIVATE_IDS[1], Operation::Delete, 2)));
            let look = |by: User| {
                let (cursor, limit, page_size) = (VersionRef::At(0), 1000, 1000);
                let follow = Step::Follow { by, at, cursor, limit, tables: None };
                [follow, Step::Snapshot { by, at, page_size, tables: None, between: Vec::new() }]
            };
            let mut steps = vec![add("editor".to_owned()), Step::Push { by: member, at, ops }];
            steps.push(Step::RemoveMember { by: 0, at, member });
            steps.extend(look(0));
            if returns {
                steps.push(add(role));
                steps.extend(look(member));
            }
            StepPlan::Steps(steps)
        })
        .boxed()
}

fn member_leaves_and_returns() -> BoxedStrategy<StepPlan> {
    (1..super::users::USERS, place(), picks())
        .prop_map(|(member, at, picks)| StepPlan::Absence { member, at, picks })
        .boxed()
}

fn workspaces(family: Family) -> BoxedStrategy<Step> {
    let id = prop_oneof![9 => Just(None), 1 => place().prop_map(Some)];
    let create = (user(), 0_u32..3, text::name(family), text::description(family), id)
        .prop_map(|(by, label, name, description, id)| Step::Create { by, label, name, description, id });
    let rename = (user(), place(), text::name(family), text::description(family))
        .prop_map(|(by, at, name, description)| Step::Rename { by, at, name, description });
    prop_oneof![
        4 => create,
        2 => rename,
        2 => (user(), place()).prop_map(|(by, at)| Step::Delete { by, at }),
        3 => (user(), place()).prop_map(|(by, at)| Step::Activate { by, at }),
        2 => user().prop_map(|by| Step::Session { by }),
        2 => user().prop_map(|by| Step::List { by }),
        1 => user().prop_map(|by| Step::Renew { by }),
    ]
    .boxed()
}

fn members() -> BoxedStrategy<Step> {
    let word = select(vec!["owner", "editor", "editor", "viewer", "viewer", "admin", "Owner", ""]);
    let add = (user(), place(), member(), word).prop_map(|(by, at, member, role)| Step::AddMember {
        by,
        at,
        member,
        role: role.to_owned(),
    });
    let change = (user(), place(), 0..super::users::USERS, select(&Role::ALL[..]))
        .prop_map(|(by, at, member, role)| Step::ChangeRole { by, at, member, role });
    prop_oneof![
        4 => add,
        2 => change,
        2 => (user(), place(), 0..super::users::USERS).prop_map(|(by, at, member)| Step::RemoveMember { by, at, member }),
        1 => (user(), place()).prop_map(|(by, at)| Step::Members { by, at }),
    ]
    .boxed()
}

fn cursors_and_collections(family: Family) -> BoxedStrategy<StepPlan> {
    let versions = prop_oneof![
        4 => mark().prop_map(|version| vec![version]),
        1 => select(vec![1 << 53, 1 << 63, u64::MAX]).prop_map(|version| vec![VersionRef::At(version)]),
        // Forward and back.
        2 => Just(vec![VersionRef::Head(0), VersionRef::Head(-1), VersionRef::At(0)]),
    ];
    let cursors = (user(), place(), text::device(family), versions).prop_map(|(by, at, device, versions)| {
        let cursor = |version| Step::Cursor { by, at, device: device.clone(), version };
        StepPlan::Steps(versions.into_iter().map(cursor).collect())
    });
    let collect = (user(), place(), select(vec![i64::MIN, -1, 0, 3600, 86_400, 31_536_000, (1 << 53) - 1, i64::MAX]))
        .prop_map(|(by, at, retention)| one(Step::Collect { by, at, retention, only: None }));
    prop_oneof![2 => cursors, 1 => collect].boxed()
}

fn wrong() -> BoxedStrategy<Step> {
    let spoilt = (user(), place(), select(wrong_fields())).prop_map(|(by, at, spoil)| Step::Spoilt { by, at, spoil });
    let malformed = (user(), place(), select(&Call::ALL[..]), select(&MalformedBody::ALL[..]))
        .prop_map(|(by, at, call, malformed)| Step::Malformed { by, at, call, malformed });
    let route = (user(), select(wrong_routes())).prop_map(|(by, (method, path))| Step::Route {
        by,
        method: method.to_owned(),
        path: path.to_owned(),
    });
    let forged = (user(), select(&Forgery::ALL[..])).prop_map(|(by, forgery)| Step::Forged { by, forgery });
    let compare = (user(), place()).prop_map(|(by, at)| Step::Compare { by, at });
    prop_oneof![
        8 => spoilt,
        4 => malformed,
        2 => route,
        2 => forged,
        1 => user().prop_map(|by| Step::Expire { by }),
        2 => compare,
        1 => Just(Step::Anonymous { at: WorkspaceRef::Home(0) }),
        3 => anybody().prop_map(|by| Step::Session { by }),
    ]
    .boxed()
}
