"""What is looked at: the Studio (Gradio) and the Classroom (Streamlit). `python -m apps` opens both.

views/   inputs -> Shown, without a front end
pages.py the one table of pages that both front ends read
studio/, classroom/  Gradio and Streamlit
web/     ES modules without dependencies for what must answer at hand speed, and the styles
text/    en.json, zh.json: every string a person reads

No request leaves the machine unasked: Gradio and the hub library read these switches when they are imported, which
therefore happens after this; Streamlit has its own, in classroom/.
"""

import os

os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1")
