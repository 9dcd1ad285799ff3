// What a compiler takes for nothing.
int main() { return 0; }
