/** A list of any length of which only the rows in sight are in the page. Every row has the same height. */

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { change, moved, pinsView, toggled } from "../pinsview";
import { useStore } from "../store";

const BEYOND = 10;

export interface GridProps<Item> {
  readonly label: string;
  readonly items: readonly Item[];
  readonly rowHeight: number;
  readonly headHeight: number;
  readonly columns: number;
  readonly selectable: boolean;
  readonly head: ComponentChildren;
  readonly keyOf: (item: Item) => string;
  readonly row: (item: Item, selected: boolean) => ComponentChildren;
  readonly onOpen: (item: Item) => void;
}

/** Which rows are to be in the page: from, and up to but not with. */
export function inSight(scroll: number, height: number, rowHeight: number, count: number): [number, number] {
  const first = Math.max(0, Math.floor(scroll / rowHeight) - BEYOND);
  return [Math.min(first, count), Math.min(count, Math.ceil((scroll + height) / rowHeight) + BEYOND)];
}

export function Grid<Item>({ label, items, rowHeight, headHeight, columns, selectable, head, keyOf, row, onOpen }: GridProps<Item>) {
  const box = useRef<HTMLDivElement>(null);
  const { selected, cursor, anchor, scroll } = useStore(pinsView);
  const [height, setHeight] = useState(600);
  const [focused, setFocused] = useState(false);
  const seen = Math.max(1, Math.floor((height - headHeight) / rowHeight));
  const [first, end] = inSight(scroll, height, rowHeight, items.length);
  const at = Math.min(cursor, items.length - 1);

  useLayoutEffect(() => {
    const shown = box.current;
    if (!shown) return;
    setHeight(shown.clientHeight);
    const observer = new ResizeObserver(() => setHeight(shown.clientHeight));
    observer.observe(shown);
    return () => observer.disconnect();
  }, []);

  // Another search begins at the top; somebody who comes back is where they were.
  useLayoutEffect(() => {
    const shown = box.current;
    if (shown && Math.abs(shown.scrollTop - scroll) > 1) shown.scrollTop = scroll;
  }, [scroll]);

  const goTo = (index: number) => {
    const shown = box.current;
    if (!shown) return;
    const top = index * rowHeight;
    const room = shown.clientHeight - headHeight;
    if (top < shown.scrollTop) shown.scrollTop = top;
    else if (top + rowHeight > shown.scrollTop + room) shown.scrollTop = top + rowHeight - room;
  };

  const range = (from: number, to: number) => items.slice(Math.min(from, to), Math.max(from, to) + 1).map(keyOf);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || items.length === 0) return; // a button of the head has keys of its own
    const target = moved(event.key, at, items.length, seen);
    const item = items[at];
    if (target !== null && !event.altKey && !event.ctrlKey && !event.metaKey) {
      const chosen = event.shiftKey && selectable ? { selected: toggled(selected, range(anchor, target), true) } : { anchor: target };
      change({ cursor: target, ...chosen });
      goTo(target);
    } else if (event.key === " " && item && selectable) {
      change({ selected: toggled(selected, [keyOf(item)], !selected.has(keyOf(item))), anchor: at });
    } else if (event.key === "Enter" && item) {
      onOpen(item);
    } else if (event.key === "a" && (event.ctrlKey || event.metaKey) && selectable) {
      change({ selected: toggled(selected, items.map(keyOf), true) });
    } else if (event.key === "Escape" && selected.size > 0) {
      change({ selected: new Set() });
    } else {
      return;
    }
    event.preventDefault();
  };

  const onClick = (event: MouseEvent, index: number, item: Item) => {
    const box = event.target instanceof Element ? event.target.closest(".select") : null;
    if (!box) {
      if (event.target instanceof Element && event.target.closest("a, button")) return;
      change({ cursor: index, anchor: index });
      return;
    }
    const on = !selected.has(keyOf(item));
    const cids = event.shiftKey ? range(anchor, index) : [keyOf(item)];
    change({ selected: toggled(selected, cids, on), cursor: index, anchor: index });
  };

  useEffect(() => {
    if (cursor > 0 && at !== cursor) change({ cursor: Math.max(0, at) });
  }, [at, cursor]);

  const rows = [];
  for (let index = first; index < end; index += 1) {
    const item = items[index];
    if (!item) break;
    const key = keyOf(item);
    const chosen = selected.has(key);
    rows.push(
      <div
        key={key}
        id={`row-${index}`}
        role="row"
        aria-rowindex={index + 2}
        aria-selected={selectable ? chosen : undefined}
        class={`row${index === at && focused ? " at" : ""}${chosen ? " chosen" : ""}`}
        style={{ height: `${rowHeight}px` }}
        onMouseDown={(event) => {
          // It would select the text in between.
          if (event.shiftKey) event.preventDefault();
        }}
        onClick={(event) => onClick(event, index, item)}
      >
        {row(item, chosen)}
      </div>,
    );
  }
  return (
    <div
      ref={box}
      class={`grid${selectable ? "" : " plain"}`}
      role="grid"
      aria-label={label}
      aria-rowcount={items.length + 1}
      aria-colcount={columns}
      aria-multiselectable={selectable}
      aria-activedescendant={focused && at >= first && at < end ? `row-${at}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onFocus={(event) => setFocused(event.target === event.currentTarget)}
      onBlur={() => setFocused(false)}
      onScroll={(event) => change({ scroll: event.currentTarget.scrollTop })}
    >
      <div role="rowgroup" class="grid-head" style={{ height: `${headHeight}px` }}>
        {head}
      </div>
      <div role="rowgroup" class="grid-body" style={{ height: `${items.length * rowHeight}px` }}>
        <div role="presentation" style={{ transform: `translateY(${first * rowHeight}px)` }}>
          {rows}
        </div>
      </div>
    </div>
  );
}
