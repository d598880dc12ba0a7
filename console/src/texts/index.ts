/** All text that people read, in plain English. A translation replaces the files of this folder. */

import { errors } from "./errors";
import { overview } from "./overview";
import { pin } from "./pin";
import { pins } from "./pins";
import { shell } from "./shell";
import { upload } from "./upload";

export const texts = { errors, overview, pin, pins, shell, upload };
