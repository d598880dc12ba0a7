/** The frame around the views: who is signed in, where one is, and what is read out. */

import { useEffect, useState } from "preact/hooks";
import { notice, notify, spoken } from "./announce";
import { Button, Dialog, Heading, Loading, Message } from "./components/basics";
import { forgetCluster, pollers, watch } from "./cluster";
import { type Config, loadConfig } from "./config";
import { ConfigContext } from "./context";
import { wouldBeLost } from "./guards";
import { usePollers } from "./hooks";
import { forgetPins } from "./pinset";
import { forgetPinsView } from "./pinsview";
import { type Route, go, links, route } from "./router";
import { session, signOut } from "./session";
import { useStore } from "./store";
import { texts } from "./texts";
import { UploadIndicator } from "./upload/indicator";
import { Overview } from "./views/overview";
import { PinPage } from "./views/pin";
import { Pins } from "./views/pins";
import { SignInForm } from "./views/signin";
import { UploadView } from "./views/upload";

const words = texts.shell;

// Nothing of what somebody saw is there for the next one.
session.subscribe(() => {
  if (session.value.state !== "out") return;
  forgetPins();
  forgetCluster();
  forgetPinsView();
  go(links.overview);
});

export function App() {
  const [config, setConfig] = useState<Config | null>(null);
  const [failed, setFailed] = useState(false);
  const load = () => {
    setFailed(false);
    loadConfig().then(
      (found) => {
        watch(found);
        setConfig(found);
      },
      () => setFailed(true),
    );
  };
  useEffect(load, []);
  const { state, user } = useStore(session);

  if (failed) {
    return (
      <main class="alone">
        <Heading>{words.noConfig}</Heading>
        <p>{words.noConfigHint}</p>
        <Button kind="primary" onClick={load}>
          {words.retry}
        </Button>
      </main>
    );
  }
  if (!config) return <Loading />;
  return (
    <ConfigContext.Provider value={config}>
      {state === "out" ? <SignInPage config={config} /> : <Shell config={config} />}
      {state === "expired" && (
        <Dialog heading={words.signIn.again} onClose={() => undefined} closable={false}>
          <p>{words.signIn.expired}</p>
          <SignInForm user={user} />
          <Button kind="quiet" onClick={leave}>
            {words.signOut}
          </Button>
        </Dialog>
      )}
      <Spoken />
    </ConfigContext.Provider>
  );
}

function SignInPage({ config }: { config: Config }) {
  useEffect(() => {
    document.title = words.title(words.signIn.heading, config.name);
  }, []);
  return (
    <main class="alone">
      <Mark />
      <h1>{words.signIn.heading}</h1>
      <p class="to">{words.signIn.to(config.name)}</p>
      <div class="card">
        <SignInForm />
      </div>
    </main>
  );
}

function leave(): void {
  signOut();
  notify(words.signedOut);
}

/** Asks first if something would be lost. */
function SignOut() {
  const [lost, setLost] = useState<readonly string[]>([]);
  const ask = () => {
    const reasons = wouldBeLost();
    if (reasons.length > 0) setLost(reasons);
    else leave();
  };
  return (
    <>
      <Button kind="quiet" small onClick={ask}>
        {words.signOut}
      </Button>
      {lost.length > 0 && (
        <Dialog heading={words.signOutAnyway} onClose={() => setLost([])}>
          {lost.map((reason) => (
            <p key={reason}>{reason}</p>
          ))}
          <div class="buttons end">
            <Button onClick={() => setLost([])}>{words.stay}</Button>
            <Button kind="danger" onClick={leave}>
              {words.signOut}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}

function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M16 2 28 9v14l-12 7L4 23V9z" />
      <path class="inner" d="m16 8 7 4v8l-7 4-7-4v-8z" />
    </svg>
  );
}

function titleOf(at: Route): string {
  if (at.view === "pin") return at.cid;
  return at.view === "unknown" ? words.notFound : words[at.view];
}

function Shell({ config }: { config: Config }) {
  const at = useStore(route);
  const { user } = useStore(session);
  usePollers(pollers.presence);
  useEffect(() => {
    document.title = words.title(titleOf(at), config.name);
  }, [at]);
  useEffect(() => scrollTo(0, 0), [at.view, at.view === "pin" ? at.cid : ""]);
  const link = (view: "overview" | "pins" | "upload") => {
    const here = at.view === view || (view === "pins" && at.view === "pin");
    return (
      <li>
        <a href={links[view]} aria-current={here ? "page" : undefined}>
          {words[view]}
        </a>
      </li>
    );
  };
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault(); // the address belongs to the router
          document.getElementById("main")?.focus();
        }}
      >
        {words.skip}
      </a>
      <header>
        <a class="brand" href={links.overview}>
          <Mark />
          <span>{config.name}</span>
        </a>
        <nav aria-label={words.navigation}>
          <ul>
            {link("overview")}
            {link("pins")}
            {!config.readOnly && link("upload")}
          </ul>
        </nav>
        <UploadIndicator />
        <div class="account">
          <span class="user" title={words.signedInAs(user)}>
            <span class="unseen">{words.signedInAs("")}</span>
            {user}
          </span>
          <SignOut />
        </div>
      </header>
      <Connection />
      <main id="main" tabIndex={-1}>
        <View at={at} config={config} />
      </main>
    </>
  );
}

function View({ at, config }: { at: Route; config: Config }) {
  switch (at.view) {
    case "overview":
      return <Overview />;
    case "pins":
      return <Pins />;
    case "pin":
      return <PinPage key={at.cid} cid={at.cid} />;
    case "upload":
      return config.readOnly ? <ReadOnly /> : <UploadView />;
    case "unknown":
      return (
        <>
          <Heading>{words.notFound}</Heading>
          <p>{words.notFoundHint}</p>
          <p>
            <a href={links.overview}>{words.toOverview}</a>
          </p>
        </>
      );
  }
}

function ReadOnly() {
  return (
    <>
      <Heading>{words.upload}</Heading>
      <Message kind="info">{words.readOnly}</Message>
    </>
  );
}

/** Says so when the browser has no connection at all. */
function Connection() {
  const [online, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const look = () => setOnline(navigator.onLine);
    addEventListener("online", look);
    addEventListener("offline", look);
    return () => {
      removeEventListener("online", look);
      removeEventListener("offline", look);
    };
  }, []);
  return <div role="status">{!online && <p class="strip">{words.offline}</p>}</div>;
}

function Spoken() {
  const text = useStore(spoken);
  const shown = useStore(notice);
  return (
    <>
      <div class="unseen" role="status" aria-live="polite">
        {text}
      </div>
      <div class="notices" role={shown?.kind === "error" ? "alert" : "status"}>
        {shown && (
          <div class={`notice ${shown.kind}`} key={shown.id}>
            <span>{shown.text}</span>
            <Button kind="quiet" small onClick={() => notice.set(null)}>
              {words.dismiss}
            </Button>
          </div>
        )}
      </div>
    </>
  );
}
