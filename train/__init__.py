"""What is run: recipes, evaluation, benchmarks."""
