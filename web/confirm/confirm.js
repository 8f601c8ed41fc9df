// Confirmation page, opened from a link in an e-mail. Only its buttons change anything, so that link scanners cannot.

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

const message = document.getElementById("message");
const buttons = ["confirm", "not-me", "renew"].map((id) => document.getElementById(id));
const [confirm, notMe, renew] = buttons;
const token = new URLSearchParams(location.search).get("token") ?? "";
// Remove the token from the URL: whoever looks into the browser's history could use it.
history.replaceState(null, "", location.pathname);

async function runMutation(query, input) {
  const response = await fetch("graphql", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables: { input } }),
  });
  const [result] = Object.values((await response.json()).data);
  // a message may be in another language than the page
  message.lang = (result.code && response.headers.get("content-language")) || "en";
  return result;
}

async function runAndShow(query, input, successMessage) {
  buttons.forEach((button) => { button.disabled = true; });
  try {
    const result = await runMutation(query, input);
    message.textContent = result.code ? result.message : successMessage(result);
    confirm.hidden = notMe.hidden = true;
    renew.hidden = result.code !== "EXPIRED";
  } catch {
    message.textContent = "The site does not answer. Try again in a moment.";
  }
  buttons.forEach((button) => { button.disabled = false; });
}

function decide(decision) {
  return runAndShow(CONFIRM, { token, decision }, ({ signature, campaign }) =>
    signature.state === "CONFIRMED"
      ? `Thank you. Your signature under "${campaign.title}" counts.`
      : `The signature under "${campaign.title}" is taken away.`);
}

confirm.addEventListener("click", () => decide("CONFIRM"));
notMe.addEventListener("click", () => decide("NOT_ME"));
renew.addEventListener("click", () => runAndShow(RENEW, { token }, () => "A new link is on its way to you."));
