// What a test knows of the server, and the operations that every client is put through.
import assert from "node:assert/strict";

const { SERVER_URL, CAMPAIGN_ID, CAMPAIGN_SLUG, GUEST_TOKEN, STAFF_TOKEN } = process.env;

export const url = SERVER_URL;
export const socket = SERVER_URL.replace(/^http/, "ws");
export const campaign = CAMPAIGN_ID;
export const slug = CAMPAIGN_SLUG;
export const token = GUEST_TOKEN;
export const staff = STAFF_TOKEN;
export const authorization = `Bearer ${GUEST_TOKEN}`;

export const PAGE = `
  query Page($slug: String!) {
    campaign(slug: $slug) {
      id
      title
      comments(sort: OLDEST, first: 2) { nodes { id body { text } } }
    }
  }
`;

export const POST = `
  mutation Post($input: PostCommentInput!) {
    postComment(input: $input) {
      ... on PostCommentPayload { comment { id body { text } } }
      ... on Problem { code message }
    }
  }
`;

export const FOLLOW = `
  subscription Follow($campaign: ID!, $after: String) {
    activity(campaignId: $campaign, after: $after) {
      cursor
      activity { id kind actorName ... on CommentActivity { comment { id body { text } } } }
    }
  }
`;

/** Where the log ends now: a subscription from here on misses nothing that is done after this call. */
export async function now(id = campaign, kinds = null) {
  const query = `query ($id: ID!, $kinds: [ActivityKind!]) {
    campaign(id: $id) { activity(kinds: $kinds, first: 1) { pageInfo { startCursor } } }
  }`;
  const { data } = await send({ query, variables: { id, kinds } });
  const { startCursor } = data.campaign.activity.pageInfo;
  if (startCursor) return startCursor;
  await post("the first event"); // an empty log has no cursor
  return now(id, kinds);
}

/** Post a comment, as any other visitor would. */
export async function post(body) {
  const { data } = await send({ query: POST, variables: comment(body) });
  return data.postComment.comment;
}

/** Run one mutation as the bearer of a token, and return what `payload` selects: it must not be refused. */
export async function does(bearer, mutation, payload, input) {
  const title = mutation[0].toUpperCase() + mutation.slice(1);
  const query = `mutation ($input: ${title}Input!) { ${mutation}(input: $input) {
    ... on ${title}Payload { ${payload} } ... on Problem { code message issues { path message } }
  } }`;
  const { data, errors } = await send({ query, variables: { input } }, bearer);
  assert.equal(errors, undefined);
  assert.equal(data[mutation].code, undefined, JSON.stringify(data[mutation]));
  return data[mutation];
}

/** The variables of POST. */
export function comment(body) {
  return { input: { campaignId: campaign, body } };
}

async function send(request, bearer = GUEST_TOKEN) {
  const headers = { "content-type": "application/json", ...(bearer && { authorization: `Bearer ${bearer}` }) };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(request) });
  return await answer.json();
}

/** A subscription tells what happened since its cursor, then what happens, until it is left. */
export async function tellsWhatHappens(client) {
  const after = await now();
  const early = await post("before it subscribes");
  const events = client.iterate({ query: FOLLOW, variables: { campaign, after } });

  assert.equal((await events.next()).value.data.activity.activity.comment.id, early.id);
  const late = await post("while it follows");
  assert.equal((await events.next()).value.data.activity.activity.comment.id, late.id);
  assert.equal((await events.return()).done, true);
}
