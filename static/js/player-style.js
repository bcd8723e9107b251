/** How a player looks. */

import { adoptStyle } from "./element-style.js";

adoptStyle(`
  vms-player { display: block; position: relative; aspect-ratio: 16 / 9; background: #000; color: #fff; overflow: hidden; }
  vms-player > video { display: block; width: 100%; height: 100%; object-fit: contain; }
  vms-player > [role="status"] { position: absolute; inset-inline: 0; top: 0; margin: 0; padding: .5rem .75rem;
    background: rgb(0 0 0 / 65%); text-align: center; pointer-events: none; }
  vms-player > [role="status"]:empty { display: none; }
  vms-player:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
`);
