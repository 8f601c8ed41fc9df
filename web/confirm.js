// The page behind a mailed link. Opening it changes nothing; its buttons ask the API.

const CONFIRM = `mutation ($input: ConfirmSignatureInput!) {
  confirmSignature(input: $input) {
    ... on ConfirmSignaturePayload { signature { state } campaign { title } }
    ... on Problem { code message }
  }
}`;
const RENEW = `mutation ($input: RequestConfirmationInput!) {
  requestConfirmation(input: $input) {
    ... on RequestConfirmationPayload { campaign { title } }
    ... on Problem { code message }
  }
}`;

const said = document.getElementById("said");
const buttons = ["confirm", "not-me", "renew"].map((id) => document.getElementById(id));
const [confirm, notMe, renew] = buttons;
const token = new URLSearchParams(location.search).get("token") ?? "";
// what was opened is in the history, and a token there could be used by whoever looks into it
history.replaceState(null, "", location.pathname);

async function ask(query, input) {
  const answer = await fetch("graphql", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables: { input } }),
  });
  const [result] = Object.values((await answer.json()).data);
  return result;
}

async function act(query, input, tell) {
  buttons.forEach((button) => { button.disabled = true; });
  try {
    const result = await ask(query, input);
    said.textContent = result.code ? result.message : tell(result);
    confirm.hidden = notMe.hidden = true;
    renew.hidden = result.code !== "EXPIRED";
  } catch {
    said.textContent = "The site does not answer. Try again in a moment.";
  }
  buttons.forEach((button) => { button.disabled = false; });
}

function decide(decision) {
  return act(CONFIRM, { token, decision }, ({ signature, campaign }) =>
    signature.state === "CONFIRMED"
      ? `Thank you. Your signature under "${campaign.title}" counts.`
      : `The signature under "${campaign.title}" is taken away.`);
}

confirm.addEventListener("click", () => decide("CONFIRM"));
notMe.addEventListener("click", () => decide("NOT_ME"));
renew.addEventListener("click", () => act(RENEW, { token }, () => "A new link is on its way to you."));
