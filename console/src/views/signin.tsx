/** The form that changes a user name and a password into a token. */

import { useRef, useState } from "preact/hooks";
import { ApiError, inWords, signIn } from "../api";
import { Button, Message } from "../components/basics";
import { signedIn } from "../session";
import { texts } from "../texts";

export function SignInForm({ user: known = "" }: { user?: string }) {
  const [user, setUser] = useState(known);
  const [password, setPassword] = useState("");
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const userField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);
  const words = texts.shell.signIn;

  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    if (!user) return refuse(words.userMissing, userField.current);
    if (!password) return refuse(words.passwordMissing, passwordField.current);
    setBusy(true);
    setError("");
    try {
      signedIn(user, await signIn(user, password));
    } catch (failure) {
      const wrong = failure instanceof ApiError && failure.trouble === "unauthorized";
      refuse(wrong ? words.wrong : inWords(failure), passwordField.current);
    } finally {
      setBusy(false);
    }
  };

  const refuse = (text: string, field: HTMLInputElement | null) => {
    setError(text);
    field?.focus();
    field?.select();
  };

  return (
    <form class="sign-in" onSubmit={(event) => void submit(event)} noValidate>
      {error && <Message kind="bad">{error}</Message>}
      <label class="field">
        <span>{words.user}</span>
        <input
          ref={userField}
          name="username"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          value={user}
          onInput={(event) => setUser(event.currentTarget.value)}
          autofocus={!known}
          required
        />
      </label>
      <label class="field">
        <span>{words.password}</span>
        <input
          ref={passwordField}
          name="password"
          type={(shown ? "text" : "password") as "password"}
          autocomplete="current-password"
          value={password}
          onInput={(event) => setPassword(event.currentTarget.value)}
          autofocus={Boolean(known)}
          required
        />
      </label>
      <label class="choice">
        <input type="checkbox" checked={shown} onChange={(event) => setShown(event.currentTarget.checked)} />
        <span>{words.show}</span>
      </label>
      <Button kind="primary" type="submit" busy={busy}>
        {busy ? words.busy : words.submit}
      </Button>
      <p class="hint">{words.hint}</p>
    </form>
  );
}
