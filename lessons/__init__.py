"""The course: lessons that run on the learner's own photo. `python -m lessons` lists them.

frame.py      what a lesson is made of: steps, questions, tasks
toys.py       the things to move, their parts and their controls; the browser's half of each is in apps/web/lesson
words.py      the texts of a lesson, one file per language
catalogue.py  finds the folders
grading.py    judges a coding exercise; child.py runs the learner's code in a process of its own
en.md, zh.md  what the command says
NN_name/      one lesson: lesson.py (the steps as data), en.md, zh.md, exercise.py (to fill in), grade.py (its judge)

Another lesson is one more folder: lesson.py with `LESSON`, grade.py with `EXERCISE`, exercise.py, and both texts. It is
found by its name, and tests/lessons/test_every_lesson.py says what is still missing: a text for every option, a message
for every belief, the same in both languages. Only a lesson with a new thing to move needs code beyond that: an entry in
toys.py, a function in apps/views/lesson/toys.py, and a module in apps/web/lesson.
"""
