"""They listen to a platform and do what WaddleBot answers, over its public HTTP contract."""
