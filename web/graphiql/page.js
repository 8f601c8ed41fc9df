// Opens GraphiQL. Nothing of what is typed goes into the URL, and no header with a token is stored in the browser.
const url = new URL(window.location.href);
const { q: query, variables } = Object.fromEntries(url.searchParams);
url.search = "";
url.hash = "";
const subscriptionUrl = new URL(url);
subscriptionUrl.protocol = url.protocol === "https:" ? "wss:" : "ws:";

const fetcher = GraphiQL.createFetcher({ url: url.href, subscriptionUrl: subscriptionUrl.href });
const graphiql = React.createElement(GraphiQL, {
  fetcher,
  defaultEditorToolsVisibility: true,
  plugins: [GraphiQLPluginExplorer.explorerPlugin()],
  query,
  variables,
  inputValueDeprecation: true,
  isHeadersEditorEnabled: true,
  shouldPersistHeaders: false,
});
ReactDOM.createRoot(document.getElementById("graphiql")).render(graphiql);
