"""How Gradio's own parts look: every color, space and letter comes from web/tokens.css, which also knows the dark."""

from __future__ import annotations

import gradio as gr

_FROM_TOKENS = {
    "body_background_fill": "var(--paper)",
    "body_text_color": "var(--ink)",
    "body_text_color_subdued": "var(--ink-2)",
    "background_fill_primary": "var(--paper)",
    "background_fill_secondary": "var(--paper-2)",
    "border_color_primary": "var(--line)",
    "border_color_accent": "var(--accent)",
    "color_accent_soft": "var(--paper-2)",
    "link_text_color": "var(--accent)",
    "link_text_color_hover": "var(--accent)",
    "block_background_fill": "transparent",
    "block_border_color": "var(--line)",
    "block_label_text_color": "var(--ink-2)",
    "block_title_text_color": "var(--ink)",
    "block_info_text_color": "var(--ink-2)",
    "input_background_fill": "var(--paper)",
    "input_border_color": "var(--line)",
    "slider_color": "var(--accent)",
    "button_primary_background_fill": "var(--accent)",
    "button_primary_background_fill_hover": "var(--accent)",
    "button_primary_text_color": "var(--paper)",
    "button_secondary_background_fill": "var(--paper)",
    "button_secondary_background_fill_hover": "var(--paper-2)",
    "button_secondary_border_color": "var(--line)",
    "button_secondary_text_color": "var(--ink)",
}


def theme() -> gr.themes.Base:
    look = gr.themes.Base(
        font=["system-ui", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif"],
        font_mono=["ui-monospace", "Menlo", "Consolas", "monospace"],
    )
    # One value for light and dark: the tokens themselves change with the scheme.
    return look.set(
        color_accent="var(--accent)", **_FROM_TOKENS, **{f"{name}_dark": value for name, value in _FROM_TOKENS.items()}
    )
