import { render } from "preact";
import { App } from "./app";
import "./styles/base.css";
import "./styles/frame.css";
import "./styles/parts.css";
import "./styles/media.css";

const root = document.getElementById("app");
if (root) render(<App />, root);
