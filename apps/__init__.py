"""What is looked at: the Studio (Gradio). `python -m apps` opens it.

views/   inputs -> Shown, without a front end
studio/  Gradio: one thin page per view, one renderer of Shown
web/     ES modules without dependencies for what must answer at hand speed, and the styles
text/    en.json, zh.json: every string a person reads

No request leaves the machine unasked: Gradio and the hub library read these switches when they are imported, which
therefore happens after this.
"""

import os

os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1")
