Loop 3 {
    Send "3"
}
