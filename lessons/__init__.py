"""The course: lessons that run on the learner's own photo. `python -m lessons` lists them.

frame.py      what a lesson is made of: steps, questions, tasks
toys.py       the things to move, their parts and their controls; the browser's half of each is in apps/web/lesson
words.py      the texts of a lesson, one file per language
catalogue.py  finds the folders
grading.py    judges a coding exercise; child.py runs the learner's code in a process of its own
NN_name/      one lesson: lesson.py (the steps as data), en.md, zh.md, exercise.py (to fill in), grade.py (its judge)
"""
