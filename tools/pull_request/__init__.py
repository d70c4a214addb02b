"""What action.yml does on a pull request: measure both sides, compare, comment."""
