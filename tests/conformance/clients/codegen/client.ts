// A client of graphql-codegen: what it is given has the schema's types, and nothing but what it asked for.
import { useFragment } from "../generated/codegen";
import { CardFragmentDoc, FindDocument, FollowDocument, PageDocument, PostDocument } from "../generated/codegen/graphql";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";

declare function ask<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables): Data;

export function title(slug: string): string | undefined {
  const { campaign } = ask(PageDocument, { slug });
  // @ts-expect-error: the query does not ask for it
  campaign?.body;
  return campaign?.title;
}

export function names(slug: string): (string | undefined)[] {
  const edges = ask(PageDocument, { slug, sort: "MOST_VOTED" }).campaign?.comments.edges ?? [];
  return edges.map(({ node }) => useFragment(CardFragmentDoc, node).author?.displayName);
}

export function outcome(campaignId: string, body: string): string | null {
  // @ts-expect-error: the text is required
  ask(PostDocument, { input: { campaignId } });
  const { postComment } = ask(PostDocument, { input: { campaignId, body } });
  if (postComment.__typename === "Problem") return postComment.issues[0]?.message ?? postComment.code;
  return postComment.replayed ? null : useFragment(CardFragmentDoc, postComment.comment).id;
}

export function found(id: string): string | undefined {
  const { node } = ask(FindDocument, { id });
  return node?.__typename === "Campaign" ? node.title : node?.__typename;
}

export function told(campaign: string): string | number | undefined {
  // @ts-expect-error: there is no such kind
  ask(FollowDocument, { campaign, kinds: ["SHOUTED"] });
  const { activity } = ask(FollowDocument, { campaign, kinds: ["COMMENTED"] }).activity;
  // @ts-expect-error: only a partner's report has signatures
  activity.signatures;
  return activity.__typename === "PartnerActivity" ? activity.signatures : activity.actorName;
}
