"""What Streamlit runs for every visitor and page: the header, then the page's bench.

Both talk to the server over the plain routes, so nothing of a bench is computed here and a visitor's work is not lost
when Streamlit runs this anew.
"""

from apps.classroom.parts import run

run()
