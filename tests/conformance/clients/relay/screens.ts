// What Relay makes of the screens in docs: with @throwOnFieldError, lists that take a cursor are never null.
import type { screensCard$data } from "../generated/screens/artifacts/screensCard.graphql";
import type { screensPageQuery$data } from "../generated/screens/artifacts/screensPageQuery.graphql";
import type { screensSignMutation$data } from "../generated/screens/artifacts/screensSignMutation.graphql";
import type { screensThreadQuery$data } from "../generated/screens/artifacts/screensThreadQuery.graphql";

export function hasMore({ campaign }: screensPageQuery$data): boolean | undefined {
  return campaign?.comments.pageInfo.hasNextPage;
}

export function depths({ node }: screensThreadQuery$data): (string | undefined)[] | undefined {
  return node?.descendants?.nodes.map(({ parent }) => parent?.id);
}

export function score({ votes, body }: screensCard$data): string {
  // @ts-expect-error: a tombstone has no text
  body.html;
  return `${body?.html ?? ""} ${votes.score}`;
}

export function problems({ signPetition }: screensSignMutation$data): string[] {
  return signPetition.issues?.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];
}
